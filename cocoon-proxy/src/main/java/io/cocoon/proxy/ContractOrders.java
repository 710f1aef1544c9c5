package io.cocoon.proxy;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.payment.Nanoton;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlWriter;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.chain.RootState;
import io.cocoon.ton.contract.ContractAddresses;
import io.cocoon.ton.contract.MessageBody;
import io.cocoon.ton.contract.ToClient;
import io.cocoon.ton.contract.ToProxy;
import io.cocoon.ton.contract.ToWorker;
import io.cocoon.ton.wallet.Order;
import java.util.Optional;

/**
 * Tasks as orders of the wallet. An order's id is a hash of what it asks for, and its query id a part of that, so the same task
 * is the same order to the last bit, in every process.
 *
 * @param root with the parameters that the contracts were derived from
 * @param proxyContract whose contracts they are
 * @param owner of the proxy contract
 * @param key signs
 * @param wallet gets the unused value back
 */
record ContractOrders(RootState root, Address proxyContract, Address owner, Ed25519Key key, Address wallet) {

    private static final Nanoton SAVE = new Nanoton(1);

    /** Makes an order; this signs what the task says. */
    Order of(ContractTask task) {
        Address to = task.contract();
        Int256 id = id(task.operation().name(), to, task.total(), task.attempt(), Int256.ZERO);
        long query =
                Long.reverseBytes(java.nio.ByteBuffer.wrap(id.toByteArray()).getLong());
        Optional<MessageBody> body = switch (task.operation()) {
            case DEPLOY -> Optional.empty();
            case CHARGE -> Optional.of(ToClient.Charge.sign(key, query, task.total(), to, wallet));
            case GRANT_REFUND -> Optional.of(ToClient.GrantRefund.sign(key, query, task.total(), to, wallet));
            case PAYOUT -> Optional.of(ToWorker.Payout.sign(key, query, task.total(), to, wallet));
            case LAST_PAYOUT -> Optional.of(ToWorker.LastPayout.sign(key, query, task.total(), to, wallet));
            case EARNINGS -> Optional.of(new ToProxy.PayoutRequest(query, wallet));
            case CLOSE_REQUEST -> Optional.of(ToProxy.CloseRequest.sign(key, query, to, wallet));
            case CLOSE_COMPLETE -> Optional.of(ToProxy.CloseComplete.sign(key, query, to, wallet));
        };
        Optional<Cell> init = task.operation() == ContractTask.Operation.DEPLOY
                ? Optional.of(ContractAddresses.proxyInit(root, owner, key.publicKey()))
                : Optional.empty();
        return new Order(id, to, task.operation().value(), init, body.map(MessageBody::toCell));
    }

    /** Makes the order of a save of state (payments dossier 14.2). */
    Order save(int seqno, Int256 session) {
        return new Order(
                id("SAVE", proxyContract, seqno, 0, session),
                proxyContract,
                SAVE,
                Optional.empty(),
                Optional.of(new ToProxy.SaveState(seqno, seqno, session).toCell()));
    }

    private static Int256 id(String operation, Address to, long total, int attempt, Int256 session) {
        Bytes what = new TlWriter()
                .writeString("cocoon proxy order")
                .writeString(operation)
                .writeInt(to.workchain())
                .writeInt256(to.hash())
                .writeLong(total)
                .writeInt(attempt)
                .writeInt256(session)
                .seal();
        return ClientHandshake.sha256(what);
    }
}
