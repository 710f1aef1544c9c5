package io.cocoon.proxy;

import static io.cocoon.protocol.ErrorCodes.PROTOCOL_VIOLATION;
import static io.cocoon.protocol.ErrorCodes.UNSPECIFIED;

import io.cocoon.protocol.ClientToProxy;
import io.cocoon.protocol.ProxyToClient;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlException;
import io.cocoon.tl.TlReader;
import io.cocoon.ton.cell.Address;
import io.cocoon.transport.CloseReason;
import io.cocoon.transport.Connection;
import io.cocoon.transport.ConnectionHandler;
import io.cocoon.transport.Responder;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * One connection on the port for clients. Its callbacks run on the connection's event loop; what other threads read is
 * volatile.
 */
final class ClientHandler implements ConnectionHandler {

    private enum State {
        NEW,
        LOOKING,
        AUTH,
        WAITING_FOR_CHAIN,
        READY,
        FAILED
    }

    private final ProxyCore core;
    private final Admission admission;
    private final ClientHandshake handshake;
    private State state = State.NEW;
    private boolean registeredOnChain;
    private @Nullable Responder waiting;
    private @Nullable Future<?> timer;
    private volatile @Nullable Connection connection;
    private volatile @Nullable ClientSession session;
    private volatile boolean ready;

    ClientHandler(ProxyCore core, Admission admission) {
        this.core = core;
        this.admission = admission;
        this.handshake = new ClientHandshake(core);
    }

    @Override
    public void connected(Connection opened) {
        connection = opened;
        if (!core.isServing()) {
            opened.close("the proxy does not serve now");
        } else if (Peers.isRefused(opened.peer(), core.network())) {
            core.violation(opened, Peers.REFUSED);
        } else if (!core.clients().add(this, core.limits().maxClientConnections())) {
            opened.close("too many clients: " + core.limits().maxClientConnections());
        } else {
            timer = core.after(core.limits().handshake(), () -> expire(opened));
        }
    }

    private void expire(Connection opened) {
        if (!ready) {
            opened.close("the handshake took too long");
        }
    }

    @Override
    public void message(Connection from, Bytes message) {
        if (message.length() < 4) {
            core.violation(from, "a message without a constructor");
            return;
        }
        switch (message.intLeAt(0)) {
            case ClientToProxy.RunQuery.ID, ClientToProxy.RunQueryEx.ID, ClientToProxy.CancelQuery.ID -> {
                ClientSession current = session;
                // As the reference: before the handshake is complete queries are dropped.
                if (ready && current != null) {
                    known(from, current, message);
                }
            }
            default -> {
                // Unknown messages are ignored, so that later versions can add some.
            }
        }
    }

    private void known(Connection from, ClientSession current, Bytes bytes) {
        ClientToProxy.Message message;
        try {
            message = TlReader.readWhole(bytes, ClientToProxy::readMessage);
        } catch (TlException e) {
            core.violation(from, "a malformed message: " + e.getMessage());
            return;
        }
        if (message instanceof ClientToProxy.RunQueryEx query) {
            admission.run(current, query);
        } else if (message instanceof ClientToProxy.RunQuery query) {
            admission.run(
                    current,
                    new ClientToProxy.RunQueryEx(
                            query.modelName(),
                            query.query(),
                            query.maxCoefficient(),
                            query.maxTokens(),
                            query.timeout(),
                            query.requestId(),
                            query.minConfigVersion(),
                            0,
                            false,
                            Int256.ZERO));
        } else if (message instanceof ClientToProxy.CancelQuery cancel) {
            Query query = current.queries().get(cancel.requestId());
            if (query != null) {
                query.cancel();
            }
        }
    }

    @Override
    public void query(Connection from, Bytes query, Responder responder) {
        int id = query.length() < 4 ? 0 : query.intLeAt(0);
        switch (id) {
            case ClientToProxy.ConnectToProxy.ID,
                    ClientToProxy.AuthorizeWithProxyShort.ID,
                    ClientToProxy.AuthorizeWithProxyLong.ID -> shakeHands(from, query, responder);
            case ClientToProxy.GetWorkerTypes.ID, ClientToProxy.GetWorkerTypesV2.ID -> {
                if (ready) {
                    responder.answer(
                            id == ClientToProxy.GetWorkerTypes.ID
                                    ? new ProxyToClient.WorkerTypes(
                                            core.workers().listV1(core.now()))
                                    : new ProxyToClient.WorkerTypesV2(
                                            core.workers().listV2(core.now())));
                } else {
                    responder.fail(PROTOCOL_VIOLATION, "expected client connection");
                }
            }
            case ClientToProxy.UpdatePaymentStatus.ID -> {
                ClientSession current = session;
                if (ready && current != null) {
                    core.payments()
                            .state(
                                    current,
                                    Ledger.Side.CLIENT,
                                    current.contract(),
                                    (payment, totals) -> responder.answer(
                                            new ProxyToClient.PaymentStatus(payment, totals.db(), totals.max())));
                } else {
                    responder.fail(PROTOCOL_VIOLATION, "client request from non-ready connection");
                }
            }
            default -> Misdirected.refuse(id, responder);
        }
    }

    private void shakeHands(Connection from, Bytes query, Responder responder) {
        try {
            switch (state) {
                case NEW -> {
                    ClientSession begun = handshake.begin(from, query);
                    session = begun;
                    state = State.LOOKING;
                    whenLooked(begun, () -> introduce(begun, responder));
                }
                case LOOKING -> throw new Refusal(UNSPECIFIED, "the first step is not answered yet");
                case AUTH, WAITING_FOR_CHAIN -> authorise(query, responder);
                case READY -> throw new Refusal(UNSPECIFIED, "already authorized");
                case FAILED -> throw new Refusal(UNSPECIFIED, "connection is closing");
            }
        } catch (Refusal refusal) {
            refuse(from, responder, refusal);
        }
    }

    private void refuse(Connection from, Responder responder, Refusal refusal) {
        state = State.FAILED;
        ready = false;
        responder.fail(refusal.code(), refusal.text());
        from.close("handshake refused: " + refusal.text());
    }

    /** Goes on, on the event loop, when the client's contract was looked at, or that took too long. */
    private void whenLooked(ClientSession of, Runnable then) {
        CompletableFuture<Void> look = handshake.look(of);
        if (look.isDone()) {
            then.run();
            return;
        }
        AtomicBoolean over = new AtomicBoolean();
        Runnable once = () -> {
            if (over.compareAndSet(false, true)) {
                of.connection().eventLoop().execute(then);
            }
        };
        Future<?> deadline = core.after(ClientHandshake.LOOK, once);
        look.whenComplete((done, error) -> {
            deadline.cancel(false);
            once.run();
        });
    }

    private void introduce(ClientSession begun, Responder responder) {
        if (state != State.LOOKING) {
            return;
        }
        try {
            ProxyToClient.ConnectedToProxy answer = handshake.answer(begun, this);
            state = State.AUTH;
            responder.answer(answer);
        } catch (Refusal refusal) {
            refuse(begun.connection(), responder, refusal);
        }
    }

    private void authorise(Bytes query, Responder responder) throws Refusal {
        ClientSession current = current();
        handshake.checkOpen(current);
        if (handshake.isEnough(current, query)) {
            welcome(current, responder);
            return;
        }
        if (state == State.WAITING_FOR_CHAIN) {
            throw new Refusal(UNSPECIFIED, "duplicate auth message");
        }
        if (registeredOnChain) {
            welcome(current, responder);
            return;
        }
        state = State.WAITING_FOR_CHAIN;
        waiting = responder;
        restartTimer(current.connection());
    }

    private ClientSession current() {
        ClientSession current = session;
        if (current == null) {
            throw new IllegalStateException("no session in state " + state);
        }
        return current;
    }

    private void restartTimer(Connection opened) {
        if (timer != null) {
            timer.cancel(false);
        }
        timer = core.after(core.limits().chainConfirmation(), () -> expire(opened));
    }

    private void welcome(ClientSession current, Responder responder) {
        state = State.READY;
        waiting = null;
        if (timer != null) {
            timer.cancel(false);
        }
        Ledger.Totals totals = core.payments().totals(Ledger.Side.CLIENT, current.contract());
        SignedTotals signed = SignedTotals.of(core.payments(), Ledger.Side.CLIENT, current.contract(), totals);
        ready = true;
        responder.answer(new ProxyToClient.AuthorizationWithProxySuccess(signed.payment(), totals.db(), totals.max()));
    }

    /** Returns whether the first step named this owner. */
    boolean isOf(Address owner) {
        ClientSession current = session;
        return current != null && current.owner().equals(owner);
    }

    /** The chain has seen this client's register message. From any thread. */
    void registered() {
        Connection opened = connection;
        if (opened != null) {
            opened.eventLoop().execute(this::registeredHere);
        }
    }

    private void registeredHere() {
        registeredOnChain = true;
        Responder responder = waiting;
        if (state == State.WAITING_FOR_CHAIN && responder != null) {
            welcome(current(), responder);
        }
    }

    @Override
    public void closed(Connection closed, CloseReason reason) {
        ready = false;
        state = State.FAILED;
        if (timer != null) {
            timer.cancel(false);
        }
        core.later(() -> {
            core.clients().remove(this);
            ClientSession current = session;
            if (current != null) {
                current.queries().values().forEach(Query::clientGone);
            }
        });
    }

    /** Takes nothing more from this client; its connection stays until its queries are over. From any thread. */
    void retire() {
        ready = false;
    }

    /** Closes the connection, whatever its state. From any thread. */
    void close(String reason) {
        Connection opened = connection;
        if (opened != null) {
            opened.close(reason);
        }
    }

    /** Returns the session, also while the handshake goes on. */
    @Nullable
    ClientSession anySession() {
        return session;
    }

    /** Returns the session of a client whose handshake is complete, else null. */
    @Nullable
    ClientSession readySession() {
        return ready ? session : null;
    }
}
