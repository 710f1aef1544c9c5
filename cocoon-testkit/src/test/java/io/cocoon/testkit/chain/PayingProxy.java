package io.cocoon.testkit.chain;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.payment.SignedPayments;
import io.cocoon.protocol.ProxyParams;
import io.cocoon.protocol.ProxyToWorker;
import io.cocoon.protocol.SignedPayment;
import io.cocoon.protocol.WorkerToProxy;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.TlException;
import io.cocoon.tl.TlReader;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.BagOfCells;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.chain.RootState;
import io.cocoon.ton.contract.ContractAddresses;
import io.cocoon.transport.CloseReason;
import io.cocoon.transport.Connection;
import io.cocoon.transport.ConnectionHandler;
import io.cocoon.transport.Responder;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/** A proxy that does nothing but sign, for real contracts: it answers a worker's handshake and its questions for payments. */
final class PayingProxy implements ConnectionHandler {

    final Ed25519Key key;
    private final Address owner;
    private final Address workerOwner;
    private final Supplier<RootState> root;
    /** By worker contract, so that new parameters begin at nothing. */
    private final Map<Address, Long> signed = new ConcurrentHashMap<>();

    PayingProxy(Ed25519Key key, Address owner, Address workerOwner, Supplier<RootState> root) {
        this.key = key;
        this.owner = owner;
        this.workerOwner = workerOwner;
        this.root = root;
    }

    Address contract() {
        return ContractAddresses.proxy(root.get(), owner, key.publicKey());
    }

    Address workerContract() {
        return ContractAddresses.worker(root.get(), workerOwner, contract(), key.publicKey());
    }

    /** What anybody may submit to the worker's contract. */
    Cell payment() throws CellException {
        return BagOfCells.read(payment(workerContract()).data());
    }

    private SignedPayment.Signed payment(Address worker) {
        return new SignedPayment.Signed(SignedPayments.sign(
                key, SignedPayments.Kind.WORKER_PAYOUT, worker, signed.getOrDefault(worker, 0L), 1, contract()));
    }

    /** States a new total from now on. */
    void sign(long tokens) {
        signed.put(workerContract(), tokens);
    }

    @Override
    public void connected(Connection connection) {
        // The worker begins.
    }

    @Override
    public void message(Connection connection, Bytes message) {
        // Nothing is asked of it, so it has nothing to say.
    }

    @Override
    public void query(Connection connection, Bytes query, Responder responder) {
        try {
            answer(TlReader.readWhole(query, WorkerToProxy::readQuery), responder);
        } catch (TlException e) {
            responder.fail(0, "does not parse");
        }
    }

    private void answer(WorkerToProxy.Query query, Responder responder) {
        Address worker = workerContract();
        long total = signed.getOrDefault(worker, 0L);
        SignedPayment payment = payment(worker);
        if (query instanceof WorkerToProxy.ConnectToProxy) {
            responder.answer(new ProxyToWorker.ConnectedToProxy(
                    new ProxyParams(
                            3, key.publicKey(), owner.toText(true), contract().toText(true), true, 4),
                    worker.toText(true)));
        } else if (query instanceof WorkerToProxy.CompareBalanceWithProxy) {
            responder.answer(new ProxyToWorker.CompareBalanceWithProxyResult(payment, total, total, 0));
        } else if (query instanceof WorkerToProxy.ProxyHandshakeComplete) {
            responder.answer(new ProxyToWorker.ProxyHandshakeCompleted());
        } else {
            responder.answer(new ProxyToWorker.PaymentStatus(payment, total, total));
        }
    }

    @Override
    public void closed(Connection connection, CloseReason reason) {
        // The worker comes back.
    }
}
