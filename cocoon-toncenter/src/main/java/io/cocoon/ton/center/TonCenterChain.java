package io.cocoon.ton.center;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.BagOfCells;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.chain.AccountState;
import io.cocoon.ton.chain.ChainException;
import io.cocoon.ton.chain.ChainException.Reason;
import io.cocoon.ton.chain.Head;
import io.cocoon.ton.chain.TonChain;
import io.cocoon.ton.chain.Transaction;
import io.cocoon.ton.chain.TransactionId;
import io.cocoon.ton.chain.TransactionWalk;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import okhttp3.HttpUrl;
import org.jspecify.annotations.Nullable;

/**
 * Reads the chain from TON Center's HTTP API, version 2, and <b>trusts its server</b>: a balance, a contract's state, the newest
 * block and the newest transaction of an account are what the server says. Only this is checked: every transaction has the hash that
 * the one after it names, so the server can invent a history, but not change or leave out a part of a true one. Where money depends on
 * an answer, use the lite client, which proves every answer.
 *
 * <p>Requests are spaced, because the public servers count them, and one that was too many holds all others back as long as the
 * server asks. Reads are tried again until the deadline of a question; a message is sent once, and whether to send it again is the
 * caller's choice. A reading of the head that finds a new block takes two requests. The first call of any kind reads the head too, to see that the
 * server is of the right network.
 *
 * <p>An account's {@link Head#time} is the time that the server states for the account's state; it may be some seconds before its block's.
 *
 * <p>Owns a timer thread and up to four threads for requests, which end when idle, until {@link #close}; stages complete on them.
 * Thread-safe.
 */
public final class TonCenterChain implements TonChain {

    /** A page of the largest transactions stays below {@link HttpQuestions#MAX_ANSWER_BYTES}. */
    static final int PAGE = 8;

    /** How many transactions one call goes back at most. */
    static final int MAX_STEPS = 20_000;

    private static final int MAIN_NETWORK = -239;
    private static final int TEST_NETWORK = -3;
    private static final String MASTERCHAIN_SHARD = Long.toString(Long.MIN_VALUE);
    private static final Duration MAX_AHEAD = Duration.ofMinutes(1);

    private final TonCenterSettings settings;
    private final HttpQuestions questions;
    private @Nullable Head newest;
    private @Nullable CompletableFuture<Head> first;

    /** Starts. Nothing is asked before the first call. */
    public TonCenterChain(TonCenterSettings settings) {
        this.settings = settings;
        this.questions = new HttpQuestions(settings);
    }

    @Override
    public String describe() {
        return "TON by TON Center at " + questions.host() + ", nothing is proven: this trusts its server "
                + questions.host();
    }

    @Override
    public boolean isTestnet() {
        return settings.testnet();
    }

    /** Returns false: the server is taken at its word. */
    @Override
    public boolean isProven() {
        return false;
    }

    @Override
    public CompletionStage<Head> head() {
        return plain(askHead());
    }

    private CompletableFuture<Head> askHead() {
        HttpUrl url = questions.method("getMasterchainInfo").build();
        return questions
                .read("the newest block", url, Reason.UNREACHABLE, Answers::newestSeqno)
                .thenCompose(this::headOf);
    }

    /** Completes when the server's network was seen. */
    private synchronized CompletableFuture<Head> rightNetwork() {
        CompletableFuture<Head> known = first;
        if (known == null || known.isCompletedExceptionally()) {
            known = askHead();
            first = known;
        }
        return known;
    }

    private CompletableFuture<Head> headOf(int seqno) {
        Head known = newest();
        if (known != null && known.seqno() >= seqno) {
            // The head never goes back, whichever of its machines the server asks.
            try {
                return CompletableFuture.completedFuture(fresh(known));
            } catch (ChainException e) {
                return CompletableFuture.failedFuture(e);
            }
        }
        HttpUrl url = questions
                .method("getBlockHeader")
                .addQueryParameter("workchain", "-1")
                .addQueryParameter("shard", MASTERCHAIN_SHARD)
                .addQueryParameter("seqno", Integer.toString(seqno))
                .build();
        return questions.read("the header of block " + seqno, url, Reason.UNREACHABLE, result -> {
            Answers.Header header = Answers.header(result, seqno);
            requireNetwork(header.globalId());
            return advance(fresh(header.head()));
        });
    }

    private void requireNetwork(int globalId) throws ChainException {
        if (globalId == (settings.testnet() ? MAIN_NETWORK : TEST_NETWORK)) {
            throw new ChainException(
                    Reason.WRONG_ANSWER,
                    "the server is of the network with id " + globalId + ", wanted the "
                            + (settings.testnet() ? "test" : "main") + " network; check the address and the setting");
        }
    }

    private synchronized @Nullable Head newest() {
        return newest;
    }

    private synchronized Head advance(Head head) {
        Head known = newest;
        if (known == null || known.seqno() < head.seqno()) {
            newest = head;
            return head;
        }
        return known;
    }

    private Head fresh(Head head) throws ChainException {
        Instant now = settings.clock().instant();
        Duration age = Duration.between(head.time(), now);
        if (age.compareTo(settings.maxHeadAge()) > 0) {
            throw new ChainException(
                    Reason.STALE,
                    "block " + head.seqno() + " is from " + head.time() + ", " + age.toSeconds()
                            + " s ago, wanted at most " + settings.maxHeadAge()
                            + "; wait, check the clock, or ask another server");
        }
        if (age.compareTo(MAX_AHEAD.negated()) < 0) {
            throw new ChainException(
                    Reason.WRONG_ANSWER,
                    "block " + head.seqno() + " is from " + head.time() + ", and by our clock it is " + now
                            + "; check the clock");
        }
        return head;
    }

    @Override
    public CompletionStage<AccountState> account(Address address) {
        HttpUrl url = questions
                .method("getAddressInformation")
                .addQueryParameter("address", address.toText(true, settings.testnet()))
                .build();
        return plain(rightNetwork()
                .thenCompose(head ->
                        questions.read("the state of account " + address, url, Reason.UNREACHABLE, result -> {
                            AccountState state = Answers.account(address, result);
                            fresh(state.at());
                            return state;
                        })));
    }

    /** As promised there, up to 20,000 transactions back. Servers with the whole history are asked where others have too little. */
    @Override
    public CompletionStage<List<Transaction>> transactions(
            Address address, TransactionId after, TransactionId upTo, int limit) {
        TransactionWalk walk = new TransactionWalk(address, after, upTo, limit);
        if (walk.isDone()) {
            return CompletableFuture.completedFuture(List.of());
        }
        return plain(rightNetwork()
                .thenCompose(head -> walk(address, after, walk, false))
                .exceptionallyCompose(failure -> {
                    ChainException cause = unwrap(failure);
                    return cause.reason() == Reason.HISTORY_MISSING
                            ? walk(address, after, walk, true)
                            : CompletableFuture.failedFuture(cause);
                }));
    }

    private CompletableFuture<List<Transaction>> walk(
            Address address, TransactionId after, TransactionWalk walk, boolean archival) {
        if (walk.isDone()) {
            return CompletableFuture.completedFuture(walk.found());
        }
        if (walk.steps() >= MAX_STEPS) {
            return CompletableFuture.failedFuture(new ChainException(
                    Reason.HISTORY_MISSING,
                    "account " + address + " has more than " + MAX_STEPS + " transactions after "
                            + Long.toUnsignedString(after.lt()) + "; begin later, or use the lite client"));
        }
        HttpUrl url = questions
                .method("getTransactions")
                .addQueryParameter("address", address.toText(true, settings.testnet()))
                .addQueryParameter("limit", Integer.toString(PAGE))
                .addQueryParameter("lt", Long.toUnsignedString(walk.next().lt()))
                .addQueryParameter("hash", walk.next().hash().toHex())
                .addQueryParameter("to_lt", Long.toUnsignedString(after.lt()))
                .addQueryParameter("archival", Boolean.toString(archival))
                .build();
        return questions
                .read(
                        "the transactions of account " + address + " after " + Long.toUnsignedString(after.lt()),
                        url,
                        Reason.HISTORY_MISSING,
                        result -> {
                            List<Cell> page = Answers.transactions(result, PAGE);
                            if (page.isEmpty()) {
                                throw new ChainException(
                                        Reason.HISTORY_MISSING,
                                        "it has no transaction "
                                                + Long.toUnsignedString(
                                                        walk.next().lt()));
                            }
                            take(page, walk);
                            return walk;
                        })
                .thenCompose(taken -> walk(address, after, taken, archival));
    }

    private static void take(List<Cell> page, TransactionWalk walk) throws ChainException {
        try {
            for (Cell cell : page) {
                if (!walk.isDone()) {
                    walk.take(cell);
                }
            }
        } catch (TransactionWalk.Mismatch e) {
            throw e.toChainException();
        }
    }

    @Override
    public CompletionStage<Void> send(Cell externalMessage) {
        String boc = Base64.getEncoder()
                .encodeToString(BagOfCells.write(externalMessage).toByteArray());
        byte[] json =
                JsonNodeFactory.instance.objectNode().put("boc", boc).toString().getBytes(StandardCharsets.UTF_8);
        HttpUrl url = questions.method("sendBoc").build();
        return plain(rightNetwork()
                .thenCompose(head -> questions.post("the message accepted", url, json, result -> Boolean.TRUE))
                .thenAccept(taken -> {}));
    }

    /** Makes a stage that fails with the exception itself, as callers are promised. */
    private static <T> CompletableFuture<T> plain(CompletableFuture<T> stage) {
        CompletableFuture<T> result = new CompletableFuture<>();
        stage.whenComplete((value, failure) -> {
            if (failure == null) {
                result.complete(value);
            } else {
                result.completeExceptionally(unwrap(failure));
            }
        });
        return result;
    }

    private static ChainException unwrap(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return cause instanceof ChainException chain
                ? chain
                : new ChainException(Reason.UNREACHABLE, "access to TON Center itself failed: " + cause, cause);
    }

    @Override
    public void close() {
        questions.close();
    }
}
