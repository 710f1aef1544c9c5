package io.cocoon.proxy;

import io.cocoon.protocol.ProxyToClient;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.transport.Connection;
import io.cocoon.transport.FrameTooLargeException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A client whose parameters were accepted: who it is, and its running queries.
 *
 * @param connection its connection
 * @param version the negotiated protocol version
 * @param owner of the client contract
 * @param ownerText the owner's address as workers are told it
 * @param contract the client contract under this proxy
 * @param queries running, by the client's own ids
 * @param maxPendingBytes above this many waiting bytes the connection is closed
 */
record ClientSession(
        Connection connection,
        int version,
        Address owner,
        String ownerText,
        Address contract,
        Map<Int256, Query> queries,
        long maxPendingBytes) {

    ClientSession(
            Connection connection,
            int version,
            Address owner,
            String ownerText,
            Address contract,
            long maxPendingBytes) {
        this(connection, version, owner, ownerText, contract, new ConcurrentHashMap<>(), maxPendingBytes);
    }

    /**
     * Sends, without ever waiting: a client that does not read loses its connection and slows nobody down.
     *
     * @throws FrameTooLargeException if the message does not fit into a frame; nothing was sent
     */
    void send(ProxyToClient.Message message) throws FrameTooLargeException {
        connection.send(message);
        long pending = connection.pendingBytes();
        if (pending > maxPendingBytes) {
            connection.close("the client does not read: " + pending + " bytes wait, the limit is " + maxPendingBytes);
        }
    }
}
