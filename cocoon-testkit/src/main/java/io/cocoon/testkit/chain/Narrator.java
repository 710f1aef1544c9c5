package io.cocoon.testkit.chain;

import io.cocoon.testkit.contracts.ContractCode;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.chain.AccountState;
import io.cocoon.ton.chain.Message;
import io.cocoon.ton.chain.Transaction;
import io.cocoon.ton.contract.MessageBody;
import io.cocoon.ton.contract.ToClient;
import io.cocoon.ton.contract.ToProxy;
import io.cocoon.ton.contract.ToRoot;
import io.cocoon.ton.contract.ToWorker;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * Tells in words what happens on a local chain: one line for each transaction, with who, what, how much and what it cost. Contracts
 * are known by their code, other accounts by the names that they are given here. Thread-safe.
 */
public final class Narrator {

    /** The two operations that any account may get. */
    private static final Map<Long, String> FOR_ANYBODY =
            Map.of(0x2565934cL, "what was left over", 0xc59a7cd3L, "payout");

    private final Map<Address, String> names = new ConcurrentHashMap<>();
    private final Map<Int256, Kind> kinds;
    private final Consumer<String> out;

    private enum Kind {
        ROOT("root contract"),
        PROXY("proxy contract"),
        CLIENT("client contract"),
        WORKER("worker contract"),
        WALLET("wallet");

        private final String words;

        Kind(String words) {
            this.words = words;
        }
    }

    /**
     * Makes one that tells {@code out}, on the chain's thread, which it must not block.
     *
     * @param code by which contracts are recognised
     */
    public Narrator(ContractCode code, Consumer<String> out) {
        this.kinds = Map.of(
                code.root().hash(), Kind.ROOT,
                code.proxy().hash(), Kind.PROXY,
                code.client().hash(), Kind.CLIENT,
                code.worker().hash(), Kind.WORKER,
                code.wallet().hash(), Kind.WALLET);
        this.out = out;
        names.put(LocalChain.MINT, "network's owner");
    }

    /** Gives an account a name. */
    public void name(Address account, String name) {
        names.put(account, name);
    }

    /** Tells one transaction. */
    void tell(int block, Transaction transaction, AccountState after) {
        Optional<Kind> kind = after.code().map(Cell::hash).map(kinds::get);
        Address account = transaction.account();
        kind.ifPresent(known -> names.putIfAbsent(account, known.words + " " + shorten(account)));
        String line =
                transaction.in().map(message -> arrival(message, kind)).orElse("a transaction that nobody asked for");
        String outcome = transaction.outcome().succeeded() ? "" : failure(transaction, kind);
        out.accept("block %-4d %s -> %s: %s; fees %s%s"
                .formatted(
                        block,
                        transaction
                                .in()
                                .flatMap(Message::source)
                                .map(this::nameOf)
                                .orElse("outside"),
                        nameOf(account),
                        line,
                        transaction.fees(),
                        outcome));
    }

    private static String failure(Transaction transaction, Optional<Kind> kind) {
        Transaction.Outcome outcome = transaction.outcome();
        if (!outcome.computed()) {
            // A notification brings 1 nanoton, with which no code runs: it is there to be read.
            return kind.isPresent() ? " (only noted)" : "";
        }
        return " FAILED with exit code %d, action result %d".formatted(outcome.exitCode(), outcome.actionResult());
    }

    private static String arrival(Message message, Optional<Kind> kind) {
        String what = message.bounced() ? "came back" : what(message.body(), kind);
        String deployed = message.init().isPresent() && message.body().bits() == 0 ? "deployed" : what;
        return message.kind() == Message.Kind.EXTERNAL_IN
                ? "signed orders" + (message.init().isPresent() ? ", and the wallet's code" : "")
                : deployed + " with " + message.value();
    }

    private static String what(Cell body, Optional<Kind> kind) {
        if (body.bits() == 0) {
            return "money";
        }
        String known = FOR_ANYBODY.get(MessageBody.operation(body));
        if (known != null) {
            return known;
        }
        if (kind.isEmpty()) {
            return "something";
        }
        try {
            return switch (kind.get()) {
                case ROOT -> words(ToRoot.read(body));
                case PROXY -> ofProxy(ToProxy.read(body));
                case CLIENT -> ofClient(ToClient.read(body));
                case WORKER -> words(ToWorker.read(body));
                case WALLET -> "something";
            };
        } catch (CellException e) {
            return "something unreadable (" + e.getMessage() + ")";
        }
    }

    private static String ofClient(ToClient message) {
        if (message instanceof ToClient.ChangeSecretAndTopUp topUp) {
            return "deposit of " + topUp.amount() + " and hash of the secret";
        }
        return message instanceof ToClient.TopUp topUp ? "deposit of " + topUp.amount() : words(message);
    }

    private static String ofProxy(ToProxy message) {
        if (message instanceof ToProxy.ClientRequest request) {
            return request.payload().map(Narrator::ofPayload).orElse("note of a client")
                    + " (client has %s, used %d tokens)".formatted(request.balance(), request.tokensUsed());
        }
        if (message instanceof ToProxy.WorkerRequest request) {
            return request.payload()
                    .map(pay -> "pay " + pay.workerPart() + " to the worker, keep " + pay.proxyPart())
                    .orElse("note of a worker");
        }
        return message instanceof ToProxy.SaveState state
                ? "note: state " + state.seqno() + " is saved"
                : words(message);
    }

    private static String ofPayload(ToProxy.ClientPayload payload) {
        if (payload instanceof ToProxy.ClientPayload.TopUp topUp) {
            return "keep " + topUp.amount() + " for a client";
        }
        if (payload instanceof ToProxy.ClientPayload.RefundGranted granted) {
            return "pay " + granted.amount() + " back to a client";
        }
        if (payload instanceof ToProxy.ClientPayload.RefundForce forced) {
            return "pay " + forced.amount() + " back to a client out of the stake";
        }
        return "a client registers";
    }

    /** The record's name in words: {@code ChangeSecret} is "change secret". */
    private static String words(MessageBody message) {
        return message.getClass()
                .getSimpleName()
                .replaceAll("(?<=.)([A-Z])", " $1")
                .toLowerCase(java.util.Locale.ROOT);
    }

    private String nameOf(Address account) {
        return names.getOrDefault(account, "account " + shorten(account));
    }

    private static String shorten(Address account) {
        return account.hash().toHex().substring(0, 8);
    }
}
