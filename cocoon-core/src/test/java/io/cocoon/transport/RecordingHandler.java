package io.cocoon.transport;

import io.cocoon.tl.Bytes;
import io.cocoon.tl.TlObject;
import io.cocoon.tl.TlWriter;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** Keeps what came; answers queries in a way that subclasses choose. */
class RecordingHandler implements ConnectionHandler {

    final CompletableFuture<Connection> connected = new CompletableFuture<>();
    final CompletableFuture<CloseReason> closed = new CompletableFuture<>();
    final BlockingQueue<Bytes> messages = new LinkedBlockingQueue<>();
    final BlockingQueue<Boolean> writability = new LinkedBlockingQueue<>();
    final AtomicInteger closedCalls = new AtomicInteger();

    /** A handler that answers each query with the query itself, and sends each message back. */
    static RecordingHandler echoing() {
        return new RecordingHandler() {
            @Override
            public void query(Connection connection, Bytes query, Responder responder) {
                responder.answer(boxed(query));
            }
        };
    }

    @Override
    public void connected(Connection connection) {
        connected.complete(connection);
    }

    @Override
    public void message(Connection connection, Bytes message) {
        messages.add(message);
    }

    @Override
    public void query(Connection connection, Bytes query, Responder responder) {}

    @Override
    public void writabilityChanged(Connection connection) {
        writability.add(connection.isWritable());
    }

    @Override
    public void closed(Connection connection, CloseReason reason) {
        closedCalls.incrementAndGet();
        closed.complete(reason);
    }

    /** An object from its boxed bytes. */
    static TlObject boxed(Bytes bytes) {
        return new TlObject() {
            @Override
            public int constructorId() {
                return bytes.intLeAt(0);
            }

            @Override
            public void writeBare(TlWriter out) {
                out.writeRaw(bytes.sliceFrom(4));
            }
        };
    }
}
