package io.cocoon.proxy;

import static io.cocoon.protocol.ErrorCodes.PROTOCOL_VIOLATION;
import static io.cocoon.protocol.ErrorCodes.UNSPECIFIED;

import io.cocoon.protocol.ClientToProxy;
import io.cocoon.protocol.WorkerToProxy;
import io.cocoon.transport.Responder;

/** The reference's words for queries that a connection does not serve: of the other role, or unknown. */
final class Misdirected {

    private Misdirected() {}

    /** Refuses a query whose constructor the caller's role does not know. */
    static void refuse(int constructor, Responder responder) {
        switch (constructor) {
            case ClientToProxy.ConnectToProxy.ID,
                    ClientToProxy.AuthorizeWithProxyShort.ID,
                    ClientToProxy.AuthorizeWithProxyLong.ID ->
                responder.fail(PROTOCOL_VIOLATION, "client connect() from non client");
            case ClientToProxy.GetWorkerTypes.ID, ClientToProxy.GetWorkerTypesV2.ID ->
                responder.fail(PROTOCOL_VIOLATION, "expected client connection");
            case ClientToProxy.UpdatePaymentStatus.ID ->
                responder.fail(PROTOCOL_VIOLATION, "client request from non client");
            case WorkerToProxy.ConnectToProxy.ID,
                    WorkerToProxy.CompareBalanceWithProxy.ID,
                    WorkerToProxy.ExtendedCompareBalanceWithProxy.ID,
                    WorkerToProxy.ProxyHandshakeComplete.ID ->
                responder.fail(PROTOCOL_VIOLATION, "worker connect() from non worker");
            case WorkerToProxy.UpdatePaymentStatus.ID ->
                responder.fail(PROTOCOL_VIOLATION, "worker request from non worker");
            // A function that it does not know; refunds are among them.
            default -> responder.fail(UNSPECIFIED, "Lost promise");
        }
    }
}
