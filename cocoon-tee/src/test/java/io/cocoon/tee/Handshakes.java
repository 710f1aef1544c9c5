package io.cocoon.tee;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.tl.Bytes;
import io.cocoon.transport.PeerIdentity;
import io.cocoon.transport.SecureChannel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** Runs handshakes between two channels in memory, byte by byte as a socket would carry them. */
final class Handshakes {

    static final SecureRandom RANDOM = new SecureRandom();

    private Handshakes() {}

    static CertificateIdentity unattested() {
        return CertificateIdentity.unattested(Clock.systemUTC(), RANDOM);
    }

    static CertificateIdentity simulated() {
        return CertificateIdentity.simulatedTdx(Clock.systemUTC(), RANDOM);
    }

    /** Shows the largest quote that peers take; it says nothing. */
    static CertificateIdentity largest() {
        return CertificateIdentity.withTdxQuote(
                Ed25519Key.generate(RANDOM),
                Bytes.wrapUnshared(new byte[CertificateParser.MAX_QUOTE_BYTES]),
                Clock.systemUTC(),
                RANDOM);
    }

    static RaTls tls(CertificateIdentity identity, PeerPolicy policy) {
        return tls(identity, policy, Clock.systemUTC());
    }

    static RaTls tls(CertificateIdentity identity, PeerPolicy policy, Clock clock) {
        return RaTls.builder()
                .identity(identity)
                .policy(policy)
                .clock(clock)
                .verificationExecutor(Runnable::run)
                .build();
    }

    /** Two ends after as many exchanges as the handshake takes. */
    static final class Pair {
        final SecureChannel client;
        final SecureChannel server;

        @Nullable
        IOException clientFailure;

        @Nullable
        IOException serverFailure;

        Pair(RaTls clientSide, RaTls serverSide) throws IOException {
            client = clientSide.newClientChannel();
            server = serverSide.newServerChannel();
            client.start();
            server.start();
            exchange();
        }

        /** Carries bytes both ways until neither end has any. */
        void exchange() {
            boolean moved;
            do {
                moved = false;
                byte[] toServer = output(client);
                if (toServer.length > 0 && serverFailure == null) {
                    moved = true;
                    try {
                        server.receive(toServer, 0, toServer.length);
                    } catch (IOException e) {
                        serverFailure = e;
                    }
                }
                byte[] toClient = output(server);
                if (toClient.length > 0 && clientFailure == null) {
                    moved = true;
                    try {
                        client.receive(toClient, 0, toClient.length);
                    } catch (IOException e) {
                        clientFailure = e;
                    }
                }
            } while (moved);
        }

        PeerIdentity serverAsSeenByClient() {
            return client.peer().toCompletableFuture().join();
        }

        PeerIdentity clientAsSeenByServer() {
            return server.peer().toCompletableFuture().join();
        }

        static AttestationException refusal(SecureChannel channel) {
            try {
                channel.peer().toCompletableFuture().join();
            } catch (CompletionException e) {
                return (AttestationException) java.util.Objects.requireNonNull(e.getCause());
            }
            throw new AssertionError("the peer was accepted");
        }
    }

    static byte[] output(SecureChannel channel) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] next = channel.nextOutput(); next != null; next = channel.nextOutput()) {
            all.writeBytes(next);
        }
        return all.toByteArray();
    }

    static byte[] plaintext(SecureChannel channel) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] next = channel.nextPlaintext(); next != null; next = channel.nextPlaintext()) {
            all.writeBytes(next);
        }
        return all.toByteArray();
    }
}
