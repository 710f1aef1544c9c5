package io.cocoon.testkit;

import io.cocoon.tee.CertificateIdentity;
import io.cocoon.tee.IdentitySource;
import io.cocoon.tee.RaTls;
import io.cocoon.tee.SimulatedEvidence;
import io.cocoon.tl.Bytes;
import io.cocoon.transport.PeerIdentity;
import io.cocoon.transport.PeerRecord;
import io.cocoon.transport.ProofOfWork;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A router for test networks: does proof of work and TLS with simulated evidence for roles that run behind it, and writes
 * them a peer record. Wire dossier 4.4 and 4.5.
 *
 * <p>A SOCKS5 port takes connections of this host to the outside; {@link #reverse} opens a port for connections from the
 * outside to a port of this host. It proves nothing and says so: peers are SIMULATED in its records. Two threads for each
 * connection. Thread-safe.
 */
public final class TestRouter implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(TestRouter.class);

    private static final int MAX_CONNECTIONS = 1024;
    private static final int SETUP_SECONDS = 20;
    private static final int CLOSE_SECONDS = 5;
    private static final int MAX_DIFFICULTY = 28;
    private static final int RECORD_TDX_BYTES = 8 * 48;
    private static final int RECORD_ROOT_BYTES = 48;
    private static final int SOCKS_VERSION = 5;
    private static final int SOCKS_REFUSED = 5;
    private static final int SOCKS_NOT_SUPPORTED = 7;

    private final PeerRecord.Generation generation;
    private final SecureRandom random = new SecureRandom();
    private final RaTls tls;
    private final Set<AutoCloseable> open = ConcurrentHashMap.newKeySet();
    private final Semaphore free = new Semaphore(MAX_CONNECTIONS);
    private final ExecutorService threads;
    private final ServerSocket socks;
    private volatile boolean closed;

    private interface Step {
        void run(Socket accepted) throws IOException;
    }

    private TestRouter(PeerRecord.Generation generation) {
        this.generation = generation;
        this.tls = RaTls.builder()
                .identity(IdentitySource.renewing(
                        () -> CertificateIdentity.simulatedTdx(Clock.systemUTC(), random), Clock.systemUTC()))
                .policy(SimulatedEvidence.policy())
                .build();
        AtomicInteger number = new AtomicInteger();
        this.threads = Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task, "cocoon-test-router-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
        this.socks = listen(this::dial);
    }

    /** Starts a router that writes records of this generation, with its SOCKS5 port on a free port of loopback. */
    public static TestRouter start(PeerRecord.Generation generation) {
        return new TestRouter(generation);
    }

    /** Returns where it takes SOCKS5 connections. */
    public InetSocketAddress socksAddress() {
        return (InetSocketAddress) socks.getLocalSocketAddress();
    }

    /**
     * Opens a port of loopback for peers.
     *
     * @param local where their connections go, with a peer record in front
     * @param difficulty bits of proof of work that they have to show
     * @return the address of the new port
     */
    public InetSocketAddress reverse(InetSocketAddress local, int difficulty) {
        return (InetSocketAddress)
                listen(accepted -> accept(accepted, local, difficulty)).getLocalSocketAddress();
    }

    private ServerSocket listen(Step step) {
        try {
            ServerSocket server = new ServerSocket(0, 1024, InetAddress.getLoopbackAddress());
            open.add(server);
            threads.execute(() -> acceptAll(server, step));
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException("no port for a router", e);
        }
    }

    private void acceptAll(ServerSocket server, Step step) {
        while (!closed) {
            try {
                Socket accepted = server.accept();
                if (free.tryAcquire()) {
                    open.add(accepted);
                    threads.execute(() -> serve(accepted, step));
                } else {
                    LOG.warn("a connection is above the {} of this router", MAX_CONNECTIONS);
                    accepted.close();
                }
            } catch (IOException | RejectedExecutionException e) {
                if (!closed) {
                    LOG.warn("a router could not accept a connection", e);
                }
            }
        }
    }

    private void serve(Socket accepted, Step step) {
        try (accepted) {
            accepted.setTcpNoDelay(true);
            accepted.setSoTimeout(SETUP_SECONDS * 1000);
            step.run(accepted);
        } catch (IOException e) {
            LOG.debug("a connection through a router ended", e);
        } finally {
            open.remove(accepted);
            free.release();
        }
    }

    // ---- From this host to the outside ----

    private void dial(Socket local) throws IOException {
        InetSocketAddress target = readRequest(local);
        Socket outside = follow(new Socket());
        try (outside) {
            PeerIdentity peer;
            RouterLink link;
            try {
                outside.connect(target, SETUP_SECONDS * 1000);
                outside.setTcpNoDelay(true);
                outside.setSoTimeout(SETUP_SECONDS * 1000);
                solve(outside);
                link = new RouterLink(outside, tls.newClientChannel(), threads);
                peer = link.handshake(SETUP_SECONDS);
            } catch (IOException e) {
                reply(local, SOCKS_REFUSED);
                throw e;
            }
            reply(local, 0);
            join(link, local, record(peer, (InetSocketAddress) outside.getLocalSocketAddress(), target));
        } finally {
            open.remove(outside);
        }
    }

    private static InetSocketAddress readRequest(Socket local) throws IOException {
        DataInputStream in = new DataInputStream(local.getInputStream());
        requireVersion(in.readUnsignedByte());
        in.skipNBytes(in.readUnsignedByte());
        local.getOutputStream().write(new byte[] {SOCKS_VERSION, 0});
        requireVersion(in.readUnsignedByte());
        int command = in.readUnsignedByte();
        in.readUnsignedByte();
        int addressType = in.readUnsignedByte();
        if (command != 1 || addressType != 1) {
            reply(local, SOCKS_NOT_SUPPORTED);
            throw new IOException("SOCKS5: command " + command + " with address type " + addressType
                    + "; supported are CONNECT (1) with IPv4 (1)");
        }
        byte[] address = new byte[4];
        in.readFully(address);
        return new InetSocketAddress(InetAddress.getByAddress(address), in.readUnsignedShort());
    }

    private static void requireVersion(int version) throws IOException {
        if (version != SOCKS_VERSION) {
            throw new IOException("SOCKS5 was expected, version " + version + " came");
        }
    }

    private static void reply(Socket local, int code) throws IOException {
        local.getOutputStream().write(new byte[] {SOCKS_VERSION, (byte) code, 0, 1, 0, 0, 0, 0, 0, 0});
    }

    private void solve(Socket outside) throws IOException {
        byte[] wire = new byte[ProofOfWork.CHALLENGE_BYTES];
        new DataInputStream(outside.getInputStream()).readFully(wire);
        ProofOfWork.Challenge challenge = ProofOfWork.Challenge.parse(Bytes.wrapUnshared(wire));
        if (challenge.difficulty() > MAX_DIFFICULTY) {
            throw new IOException("a proof of work of " + challenge.difficulty() + " bits, at most " + MAX_DIFFICULTY);
        }
        OptionalLong nonce = ProofOfWork.solve(challenge, Long.MAX_VALUE, () -> closed);
        outside.getOutputStream()
                .write(ProofOfWork.response(nonce.orElseThrow(() -> new IOException("the router is closed"))));
    }

    // ---- From the outside to this host ----

    private void accept(Socket outside, InetSocketAddress local, int difficulty) throws IOException {
        byte[] salt = new byte[ProofOfWork.SALT_BYTES];
        random.nextBytes(salt);
        ProofOfWork.Challenge challenge = new ProofOfWork.Challenge(difficulty, Bytes.wrapUnshared(salt));
        outside.getOutputStream().write(challenge.toByteArray());
        byte[] response = new byte[ProofOfWork.RESPONSE_BYTES];
        new DataInputStream(outside.getInputStream()).readFully(response);
        if (!ProofOfWork.verify(challenge, ProofOfWork.parseResponse(Bytes.wrapUnshared(response)))) {
            throw new IOException("the proof of work does not reach " + difficulty + " bits");
        }
        RouterLink link = new RouterLink(outside, tls.newServerChannel(), threads);
        PeerIdentity peer = link.handshake(SETUP_SECONDS);
        Socket inside = follow(new Socket());
        try (link;
                inside) {
            inside.connect(local, SETUP_SECONDS * 1000);
            inside.setTcpNoDelay(true);
            InetSocketAddress from = (InetSocketAddress) outside.getRemoteSocketAddress();
            InetSocketAddress to = (InetSocketAddress) outside.getLocalSocketAddress();
            join(link, inside, record(peer, from, to));
        } finally {
            open.remove(inside);
        }
    }

    private static void join(RouterLink link, Socket clear, PeerRecord record) throws IOException {
        try (link) {
            clear.getOutputStream().write(record.toBytes().toByteArray());
            clear.setSoTimeout(0);
            link.encrypt(clear);
        }
    }

    /** Sees to it that {@link #close} ends this socket too. */
    private Socket follow(Socket socket) throws IOException {
        open.add(socket);
        if (closed) {
            open.remove(socket);
            socket.close();
            throw new IOException("the router is closed");
        }
        return socket;
    }

    private PeerRecord record(PeerIdentity peer, InetSocketAddress from, InetSocketAddress to) {
        String fromIp = from.getAddress().getHostAddress();
        String toIp = to.getAddress().getHostAddress();
        if (peer.kind() == PeerIdentity.Kind.UNATTESTED) {
            return PeerRecord.unattested(generation, peer.publicKey(), fromIp, from.getPort(), toIp, to.getPort());
        }
        // Measurements of zeros with report data: simulated, whatever a list of images says (N14).
        return new PeerRecord(
                generation,
                PeerRecord.Evidence.TDX,
                Bytes.wrapUnshared(new byte[RECORD_TDX_BYTES]),
                Bytes.wrapUnshared(java.util.Arrays.copyOf(peer.publicKey().toByteArray(), 64)),
                Bytes.wrapUnshared(new byte[RECORD_ROOT_BYTES]),
                peer.publicKey(),
                fromIp,
                from.getPort(),
                toIp,
                to.getPort());
    }

    /** Closes all connections and leaves no thread. */
    @Override
    public void close() {
        closed = true;
        for (AutoCloseable each : open) {
            try {
                each.close();
            } catch (Exception e) {
                LOG.debug("a socket of a router did not close", e);
            }
        }
        threads.shutdownNow();
        try {
            if (!threads.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("a connection through a router did not end within {} s", CLOSE_SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
