package io.cocoon.tee;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.transport.SecureChannel;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.HexFormat;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Handshakes with the JDK's own TLS, which reads X.509 version 3 only. */
class JsseTest {

    private static final PeerPolicy ANY = AcceptUnattestedPeers.because("the peer is the JDK");

    /** The JDK's end and ours, connected in memory. */
    private static final class Pair {
        final SSLEngine jdk;
        final SecureChannel ours;
        final ByteArrayOutputStream jdkReceived = new ByteArrayOutputStream();
        final ByteArrayOutputStream oursReceived = new ByteArrayOutputStream();

        @Nullable
        IOException ourFailure;

        @Nullable
        SSLException jdkFailure;

        private final ByteBuffer plain = ByteBuffer.allocate(1 << 17);
        private final ByteBuffer wire = ByteBuffer.allocate(1 << 17);
        private ByteBuffer forJdk = ByteBuffer.allocate(0);

        Pair(SSLEngine jdk, SecureChannel ours) throws IOException {
            this.jdk = jdk;
            this.ours = ours;
            ours.start();
            jdk.beginHandshake();
            exchange();
        }

        void exchange() throws IOException {
            boolean moved = true;
            while (moved) {
                moved = jdkWrites(ByteBuffer.allocate(0)) | oursWrites();
            }
        }

        private boolean oursWrites() throws IOException {
            byte[] output = Handshakes.output(ours);
            if (output.length == 0 || jdkFailure != null) {
                return false;
            }
            forJdk = ByteBuffer.allocate(forJdk.remaining() + output.length)
                    .put(forJdk)
                    .put(output)
                    .flip();
            try {
                jdkReads();
            } catch (SSLException e) {
                jdkFailure = e;
            }
            return true;
        }

        private void jdkReads() throws SSLException {
            while (forJdk.hasRemaining()) {
                runTasks();
                plain.clear();
                SSLEngineResult result = jdk.unwrap(forJdk, plain);
                jdkReceived.write(plain.array(), 0, plain.position());
                if (result.bytesConsumed() == 0 && result.getHandshakeStatus() != HandshakeStatus.NEED_TASK) {
                    return;
                }
            }
            runTasks();
        }

        boolean jdkWrites(ByteBuffer source) throws IOException {
            boolean moved = false;
            while (true) {
                runTasks();
                HandshakeStatus status = jdk.getHandshakeStatus();
                if (status != HandshakeStatus.NEED_WRAP && !source.hasRemaining()) {
                    break;
                }
                wire.clear();
                if (status == HandshakeStatus.NEED_UNWRAP
                        || jdk.wrap(source, wire).bytesProduced() == 0) {
                    break;
                }
                moved = true;
                try {
                    ours.receive(wire.array(), 0, wire.position());
                } catch (IOException e) {
                    ourFailure = e;
                }
                oursReceived.writeBytes(Handshakes.plaintext(ours));
            }
            if (!source.hasRemaining() && forJdk.hasRemaining() && jdkFailure == null) {
                jdkReads();
            }
            return moved;
        }

        private void runTasks() {
            for (Runnable task = jdk.getDelegatedTask(); task != null; task = jdk.getDelegatedTask()) {
                task.run();
            }
        }
    }

    /** Trusts everybody, as attestation is not the JDK's business. */
    private static final class Trust extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    private static SSLEngine jdk(CertificateIdentity identity, boolean client, String version) throws Exception {
        byte[] pkcs8 = HexFormat.of()
                .parseHex("302e020100300506032b657004220420"
                        + identity.key().seed().toHex());
        Certificate certificate = CertificateFactory.getInstance("X.509")
                .generateCertificate(
                        new ByteArrayInputStream(identity.certificate().toByteArray()));
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry(
                "own",
                KeyFactory.getInstance("Ed25519").generatePrivate(new PKCS8EncodedKeySpec(pkcs8)),
                new char[0],
                new Certificate[] {certificate});
        KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
        keys.init(store, new char[0]);
        SSLContext context = SSLContext.getInstance("TLS", "SunJSSE");
        context.init(keys.getKeyManagers(), new TrustManager[] {new Trust()}, null);
        SSLEngine engine = context.createSSLEngine();
        engine.setUseClientMode(client);
        engine.setNeedClientAuth(!client);
        engine.setEnabledProtocols(new String[] {version});
        return engine;
    }

    private static void talk(Pair pair, CertificateIdentity jdkIdentity) throws IOException {
        assertThat(pair.ourFailure).isNull();
        assertThat(pair.jdkFailure).isNull();
        assertThat(pair.ours.isReady()).isTrue();
        assertThat(pair.ours.peer().toCompletableFuture().join().publicKey())
                .isEqualTo(jdkIdentity.publicKey().toBytes());
        assertThat(pair.jdk.getSession().getProtocol()).isEqualTo("TLSv1.3");
        byte[] large = new byte[100_000];
        Handshakes.RANDOM.nextBytes(large);
        pair.ours.send(large, 0, large.length);
        pair.exchange();
        assertThat(pair.jdkReceived.toByteArray()).isEqualTo(large);
        pair.jdkWrites(ByteBuffer.wrap(large));
        assertThat(pair.oursReceived.toByteArray()).isEqualTo(large);
        pair.ours.close();
        pair.exchange();
        assertThat(pair.jdk.isInboundDone()).isTrue();
    }

    @Test
    void should_dial_the_jdk_with_the_largest_quote() throws Exception {
        CertificateIdentity jdkIdentity = Handshakes.largest();
        talk(
                new Pair(
                        jdk(jdkIdentity, false, "TLSv1.3"),
                        Handshakes.tls(Handshakes.simulated(), ANY).newClientChannel()),
                jdkIdentity);
    }

    @Test
    void should_accept_the_jdk() throws Exception {
        CertificateIdentity jdkIdentity = Handshakes.simulated();
        talk(
                new Pair(
                        jdk(jdkIdentity, true, "TLSv1.3"),
                        Handshakes.tls(Handshakes.simulated(), ANY).newServerChannel()),
                jdkIdentity);
    }

    @Test
    void should_refuse_the_jdk_when_it_dials_with_tls_1_2() throws Exception {
        Pair dialled = new Pair(
                jdk(Handshakes.simulated(), true, "TLSv1.2"),
                Handshakes.tls(Handshakes.simulated(), ANY).newServerChannel());
        assertThat(dialled.ourFailure).hasMessageContaining("does not offer TLS 1.3");
        assertThat(dialled.ours.isReady()).isFalse();
    }
}
