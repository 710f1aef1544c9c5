package io.cocoon.transport;

import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.socket.SocketChannel;
import java.net.InetSocketAddress;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A listener and the bounds of what it lets in. */
final class BoundListener implements Listener {

    private final Transport transport;
    private final ListenMode mode;
    private final Function<PeerIdentity, ConnectionHandler> handlers;
    private final Admission admission;
    private volatile @Nullable Channel channel;

    BoundListener(
            Transport transport,
            ListenMode mode,
            ListenLimits limits,
            Function<PeerIdentity, ConnectionHandler> handlers) {
        this.transport = transport;
        this.mode = mode;
        this.handlers = handlers;
        this.admission = new Admission(limits, mode instanceof ListenMode.Direct, System::nanoTime);
    }

    ChannelInitializer<SocketChannel> initializer() {
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(SocketChannel accepted) {
                transport.accept(BoundListener.this, accepted);
            }
        };
    }

    void bound(Channel bound) {
        channel = bound;
    }

    ListenMode mode() {
        return mode;
    }

    Function<PeerIdentity, ConnectionHandler> handlers() {
        return handlers;
    }

    /** Counts a new connection in, and out again when it has closed; false if it is above a bound. */
    boolean admit(SocketChannel accepted, InetSocketAddress remote) {
        boolean loopbackOnly =
                mode instanceof ListenMode.BehindRouter router && !router.anyAddressMayClaimToBeARouter();
        if (loopbackOnly && !remote.getAddress().isLoopbackAddress()) {
            return false;
        }
        if (!admission.enter(remote.getAddress())) {
            Transport.LOG.debug("a connection from {} is above a bound of the listener", remote);
            return false;
        }
        accepted.closeFuture().addListener(done -> admission.leave(remote.getAddress()));
        return true;
    }

    void handshakeOver() {
        admission.handshakeOver();
    }

    @Override
    public InetSocketAddress address() {
        return (InetSocketAddress) Objects.requireNonNull(channel).localAddress();
    }

    @Override
    public int connections() {
        return admission.connections();
    }

    @Override
    public void close() {
        Channel bound = channel;
        if (bound != null) {
            bound.close();
        }
        transport.forget(this);
    }
}
