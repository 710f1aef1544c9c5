package io.cocoon.proxy;

import io.cocoon.payment.Nanoton;
import io.cocoon.proxy.ContractSchedule.Own;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.chain.AccountState;
import io.cocoon.ton.chain.ContractState;
import io.cocoon.ton.chain.Message;
import io.cocoon.ton.chain.RootState;
import io.cocoon.ton.chain.Transaction;
import io.cocoon.ton.chain.TransactionId;
import io.cocoon.ton.contract.ContractAddresses;
import io.cocoon.ton.contract.ContractData;
import io.cocoon.ton.contract.ToProxy;
import io.cocoon.ton.live.AccountFollower;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What happens on one proxy contract. Anybody can send it anything: a message says something only if its sender is the contract
 * that it claims to be, whose address follows from the stated owner (payments dossier H6), and even then it is only a hint to
 * look at that contract. Malformed messages are skipped (9.4). Aborted transactions count too: notifications carry too little
 * for the contract to run.
 */
final class ContractWatch implements AccountFollower.Listener {

    private static final Logger LOG = LoggerFactory.getLogger(ContractWatch.class);

    /** What a watch tells. It is called with the follower's thread. */
    interface Teller {

        /** A save of state arrived, from whomever. */
        void saved(StateSaver.SavedState saved);

        /** A client has shown that it is there. */
        void registered(Address owner, long nonce);

        /** Something happened to a client's or worker's contract. */
        void touched(Address contract);

        /** The proxy contract was asked to pay for a client's or worker's contract, and has done it or never will. */
        void paid(Address contract);

        /** An operator has to know. */
        void alarm(String text);

        /** Everything up to here was told; it has to be on the disk when this returns. */
        void seen(TransactionId last, Set<Address> clients);

        /** The contract as it is after all that was told. */
        void looked(Own own);
    }

    private final RootState root;
    private final Address contract;
    private final Int256 key;
    private final long told;
    private final Teller teller;

    /**
     * @param root with the parameters that the contract was derived from
     * @param key the proxy's public key
     * @param told logical time up to which alarms were raised before a restart
     */
    ContractWatch(RootState root, Address contract, Int256 key, long told, Teller teller) {
        this.root = root;
        this.contract = contract;
        this.key = key;
        this.told = told;
        this.teller = teller;
    }

    @Override
    public void transactions(List<Transaction> next) {
        Set<Address> clients = new HashSet<>();
        for (Transaction transaction : next) {
            Message message = transaction.in().orElse(null);
            if (message == null || message.kind() != Message.Kind.INTERNAL || message.bounced()) {
                continue;
            }
            message.source().ifPresent(source -> take(transaction, source, message, clients));
        }
        teller.seen(next.get(next.size() - 1).id(), clients);
    }

    private void take(Transaction transaction, Address source, Message message, Set<Address> clients) {
        ToProxy body;
        try {
            body = ToProxy.read(message.body());
        } catch (CellException e) {
            LOG.debug("a message from {} to proxy contract {} is skipped: {}", source, contract, e.getMessage());
            return;
        }
        if (body instanceof ToProxy.SaveState save) {
            teller.saved(new StateSaver.SavedState(source, save.seqno(), save.sessionHash(), transaction.id()));
        } else if (body instanceof ToProxy.ClientRequest request) {
            if (source.equals(ContractAddresses.client(root, request.owner(), contract, key))) {
                client(transaction, source, request, clients);
            } else {
                forged(source, request.owner());
            }
        } else if (body instanceof ToProxy.WorkerRequest request) {
            if (source.equals(ContractAddresses.worker(root, request.owner(), contract, key))) {
                teller.touched(source);
                request.payload().ifPresent(payout -> pays(transaction, source, request.owner(), payout.workerPart()));
            } else {
                forged(source, request.owner());
            }
        }
    }

    private void client(Transaction transaction, Address source, ToProxy.ClientRequest request, Set<Address> clients) {
        teller.touched(source);
        ToProxy.ClientPayload payload = request.payload().orElse(null);
        if (payload instanceof ToProxy.ClientPayload.Register register) {
            teller.registered(request.owner(), register.nonce());
        } else if (payload instanceof ToProxy.ClientPayload.TopUp) {
            clients.add(source);
        } else if (payload instanceof ToProxy.ClientPayload.RefundGranted refund) {
            pays(transaction, source, request.owner(), refund.amount());
        } else if (payload instanceof ToProxy.ClientPayload.RefundForce refund) {
            pays(transaction, source, request.owner(), refund.amount());
        }
    }

    /** If it failed: the sender has changed its state already, and ignores the bounce. Nobody pays that money (H1). */
    private void pays(Transaction transaction, Address source, Address owner, Nanoton amount) {
        teller.paid(source);
        if (!transaction.outcome().succeeded()
                && Long.compareUnsigned(transaction.id().lt(), told) > 0) {
            teller.alarm(
                    "proxy contract %s could not pay %s to %s, as contract %s asked (exit code %d, transaction %s), and no contract will pay it later: pay it by hand"
                            .formatted(
                                    contract,
                                    amount,
                                    owner,
                                    source,
                                    transaction.outcome().exitCode(),
                                    transaction.id().hash().toHex()));
        }
    }

    private void forged(Address source, Address owner) {
        LOG.debug("a message to proxy contract {} says that it is of {}, but comes from {}", contract, owner, source);
    }

    @Override
    public void caughtUp(AccountState account) {
        Own own = own(account, ContractState.NORMAL, Nanoton.ZERO, Instant.EPOCH);
        Optional<Cell> data = account.data();
        if (account.isActive() && data.isPresent()) {
            try {
                ContractData.Proxy read = ContractData.Proxy.read(data.get());
                own = own(account, read.state(), read.balance(), read.unlockAt());
            } catch (CellException e) {
                // Its address follows from its code, so this code has another layout than all that are known here.
                teller.alarm("proxy contract " + contract + " has data that this version cannot read: " + e.getMessage()
                        + ". Use a newer version of this library");
                return;
            }
        }
        teller.looked(own);
    }

    private static Own own(AccountState account, ContractState state, Nanoton earnings, Instant unlockAt) {
        return new Own(account.at().time(), account.status(), account.balance(), state, earnings, unlockAt);
    }
}
