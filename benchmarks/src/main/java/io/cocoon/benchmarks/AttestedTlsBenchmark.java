package io.cocoon.benchmarks;

import io.cocoon.tee.CertificateIdentity;
import io.cocoon.tee.RaTls;
import io.cocoon.tee.SimulatedEvidence;
import io.cocoon.transport.SecureChannel;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Attested TLS in memory, both ends on the one thread that is measured: what one core does after proof of work. A real
 * acceptor does about half of the work of a handshake here, and sends or receives, not both.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class AttestedTlsBenchmark {

    /** The largest record of TLS. */
    private static final int PIECE_BYTES = 1 << 14;

    private final RaTls tls = RaTls.builder()
            .identity(CertificateIdentity.simulatedTdx(Clock.systemUTC(), new SecureRandom()))
            .policy(SimulatedEvidence.policy())
            .verificationExecutor(Runnable::run)
            .build();
    private final byte[] piece = new byte[PIECE_BYTES];
    private SecureChannel client = tls.newClientChannel();
    private SecureChannel server = tls.newServerChannel();

    /** Opens the connection that {@link #pieces} uses. */
    @Setup(Level.Iteration)
    public void open() throws IOException {
        client = tls.newClientChannel();
        server = tls.newServerChannel();
        shakeHands(client, server);
    }

    private static boolean move(SecureChannel from, SecureChannel to) throws IOException {
        boolean moved = false;
        for (byte[] next = from.nextOutput(); next != null; next = from.nextOutput()) {
            to.receive(next, 0, next.length);
            moved = true;
        }
        return moved;
    }

    private static void shakeHands(SecureChannel client, SecureChannel server) throws IOException {
        client.start();
        server.start();
        boolean moved = true;
        while (moved) {
            moved = move(client, server);
            moved |= move(server, client);
        }
        if (!client.isReady() || !server.isReady()) {
            throw new IllegalStateException("the handshake did not end with two accepted peers");
        }
    }

    /** Whole handshakes a second: both ends, both certificates, both verdicts. */
    @Benchmark
    public SecureChannel handshakes() throws IOException {
        SecureChannel dialler = tls.newClientChannel();
        shakeHands(dialler, tls.newServerChannel());
        return dialler;
    }

    /** Pieces of 16 KiB a second, encrypted and decrypted; times 16,384 is the throughput in bytes. */
    @Benchmark
    public int pieces() throws IOException {
        client.send(piece, 0, piece.length);
        move(client, server);
        int received = 0;
        for (byte[] plain = server.nextPlaintext(); plain != null; plain = server.nextPlaintext()) {
            received += plain.length;
        }
        if (received != PIECE_BYTES) {
            throw new IllegalStateException("sent " + PIECE_BYTES + " bytes, received " + received);
        }
        return received;
    }
}
