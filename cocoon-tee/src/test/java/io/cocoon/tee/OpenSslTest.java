package io.cocoon.tee;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cocoon.testdata.TestData;
import io.cocoon.transport.PeerIdentity;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Handshakes with OpenSSL as the C++ programs configure it: TLS 1.3, mutual, self-signed Ed25519. TEE dossier 4.1. */
class OpenSslTest {

    private static final PeerPolicy ANY = AcceptUnattestedPeers.because("the peer is the openssl command");

    /** What both ends show. */
    enum Shown {
        /** Written by the C++ program on OpenSSL 3.0: X.509 version 1 with extensions, and one day old. */
        VERSION_1_RECORDED,
        VERSION_3_UNATTESTED,
        VERSION_3_SIMULATED,
        VERSION_3_LARGEST_QUOTE
    }

    @TempDir
    Path folder;

    private Path certificate;
    private Path key;
    private Clock clock = Clock.systemUTC();

    @BeforeEach
    void names() {
        certificate = folder.resolve("cert.pem");
        key = folder.resolve("key.pem");
    }

    private CertificateIdentity prepare(Shown shown) throws IOException {
        CertificateIdentity identity;
        switch (shown) {
            case VERSION_1_RECORDED -> {
                Files.write(certificate, TestData.bytes("captures/certs/fake-tdx-cert.pem"));
                Files.write(key, TestData.bytes("captures/certs/fake-tdx-key.pem"));
                identity = CertificateIdentity.load(certificate, key);
                clock = Clock.fixed(identity.notBefore().plus(Duration.ofHours(1)), ZoneOffset.UTC);
                return identity;
            }
            case VERSION_3_UNATTESTED -> identity = Handshakes.unattested();
            case VERSION_3_SIMULATED -> identity = Handshakes.simulated();
            default -> identity = Handshakes.largest();
        }
        identity.store(certificate, key);
        return identity;
    }

    private OpenSsl server(String... more) {
        List<String> arguments =
                new ArrayList<>(List.of("s_server", "-accept", "127.0.0.1:0", "-naccept", "1", "-no_check_time"));
        arguments.addAll(List.of("-cert", certificate.toString(), "-key", key.toString()));
        arguments.addAll(List.of(more));
        return new OpenSsl(arguments);
    }

    private OpenSsl client(int port, String... more) {
        List<String> arguments = new ArrayList<>(List.of("s_client", "-connect", "127.0.0.1:" + port));
        arguments.addAll(List.of("-noservername", "-no_check_time"));
        arguments.addAll(List.of(more));
        return new OpenSsl(arguments);
    }

    private String[] shownByClient() {
        return new String[] {"-tls1_3", "-cert", certificate.toString(), "-key", key.toString()};
    }

    private static ServerSocket listen() throws IOException {
        ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        listener.setSoTimeout(20_000);
        return listener;
    }

    private SocketDriver dial(OpenSsl server, RaTls tls) throws IOException {
        return new SocketDriver(tls.newClientChannel(), new Socket(InetAddress.getLoopbackAddress(), server.port()));
    }

    @ParameterizedTest
    @EnumSource
    void should_dial_openssl_and_talk_through_key_updates_and_tickets(Shown shown) throws Exception {
        CertificateIdentity identity = prepare(shown);
        try (OpenSsl server = server("-tls1_3", "-Verify", "1");
                SocketDriver ours = dial(server, Handshakes.tls(identity, ANY, clock))) {
            ours.shakeHands();
            assertThat(ours.channel.isReady()).isTrue();
            assertThat(peer(ours).publicKey()).isEqualTo(identity.publicKey().toBytes());

            // OpenSSL sends two NewSessionTicket messages in front of this.
            server.awaitPrinted("CIPHER is");
            server.type("first line of the server");
            ours.awaitReceived("first line of the server\n");
            int before = ours.reads();
            server.type("K");
            ours.readUntil(() -> ours.reads() > before);
            server.type("after the key update");
            ours.awaitReceived("after the key update\n");
            ours.send("line of the client\n");
            server.awaitPrinted("line of the client");

            ours.sayGoodbye();
            assertThat(server.exitCode()).isZero();
            assertThat(server.printed()).contains("DONE").doesNotContain("ERROR");
        }
    }

    @ParameterizedTest
    @EnumSource
    void should_accept_openssl_and_talk_through_a_key_update(Shown shown) throws Exception {
        CertificateIdentity identity = prepare(shown);
        try (ServerSocket listener = listen();
                OpenSsl client = client(listener.getLocalPort(), shownByClient());
                SocketDriver ours =
                        new SocketDriver(Handshakes.tls(identity, ANY, clock).newServerChannel(), listener.accept())) {
            ours.shakeHands();
            assertThat(ours.channel.isReady()).isTrue();
            assertThat(peer(ours).publicKey()).isEqualTo(identity.publicKey().toBytes());

            client.awaitPrinted("New, TLSv1.3");
            client.type("K");
            client.awaitPrinted("KEYUPDATE");
            client.type("after the key update");
            ours.awaitReceived("after the key update\n");
            ours.send("line of the server\n");
            client.awaitPrinted("line of the server");

            client.type("Q");
            ours.readUntil(() -> false);
            assertThat(ours.ended()).isTrue();
            assertThat(client.exitCode()).isZero();
            assertThat(client.printed()).contains("New, TLSv1.3").doesNotContain("alert");
        }
    }

    private static PeerIdentity peer(SocketDriver driver) {
        return driver.channel.peer().toCompletableFuture().join();
    }

    @Test
    void should_end_openssl_in_an_orderly_way_by_close_notify() throws Exception {
        CertificateIdentity identity = prepare(Shown.VERSION_3_SIMULATED);
        try (ServerSocket listener = listen();
                OpenSsl client = client(listener.getLocalPort(), shownByClient());
                SocketDriver ours =
                        new SocketDriver(Handshakes.tls(identity, ANY, clock).newServerChannel(), listener.accept())) {
            ours.shakeHands();
            ours.sayGoodbye();

            client.awaitPrinted("closed");
            assertThat(client.exitCode()).isZero();
        }
    }

    @Test
    void should_refuse_an_openssl_client_without_a_certificate() throws Exception {
        CertificateIdentity identity = prepare(Shown.VERSION_3_SIMULATED);
        try (ServerSocket listener = listen();
                OpenSsl client = client(listener.getLocalPort(), "-tls1_3");
                SocketDriver ours =
                        new SocketDriver(Handshakes.tls(identity, ANY, clock).newServerChannel(), listener.accept())) {
            assertThatThrownBy(ours::shakeHands)
                    .isInstanceOf(AttestationException.class)
                    .hasMessageContaining("TLS_CERT_MISSING");
            client.awaitPrinted("alert");
        }
    }

    @Test
    void should_refuse_tls_1_2_of_an_openssl_client() throws Exception {
        CertificateIdentity identity = prepare(Shown.VERSION_3_SIMULATED);
        try (ServerSocket listener = listen();
                OpenSsl client = client(listener.getLocalPort(), "-tls1_2");
                SocketDriver ours =
                        new SocketDriver(Handshakes.tls(identity, ANY, clock).newServerChannel(), listener.accept())) {
            assertThatThrownBy(ours::shakeHands)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("protocol_version")
                    .hasMessageContaining("TLS 1.3");
            client.awaitPrinted("alert protocol version");
        }
    }

    @Test
    void should_refuse_tls_1_2_of_an_openssl_server() throws Exception {
        CertificateIdentity identity = prepare(Shown.VERSION_3_SIMULATED);
        try (OpenSsl server = server("-tls1_2", "-Verify", "1");
                SocketDriver ours = dial(server, Handshakes.tls(identity, ANY, clock))) {
            assertThatThrownBy(ours::shakeHands)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("protocol_version")
                    .hasMessageContaining("TLS 1.3");
        }
    }

    @Test
    void should_refuse_a_p256_certificate_of_an_openssl_client() throws Exception {
        CertificateIdentity identity = Handshakes.simulated();
        try (OpenSsl maker = new OpenSsl(List.of(
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
                "-subj",
                "/CN=localhost",
                "-days",
                "1",
                "-keyout",
                key.toString(),
                "-out",
                certificate.toString()))) {
            assertThat(maker.exitCode()).isZero();
        }
        try (ServerSocket listener = listen();
                OpenSsl client = client(listener.getLocalPort(), shownByClient());
                SocketDriver ours =
                        new SocketDriver(Handshakes.tls(identity, ANY, clock).newServerChannel(), listener.accept())) {
            // We offer Ed25519 only, so OpenSSL has no certificate that fits.
            assertThatThrownBy(ours::shakeHands)
                    .isInstanceOf(AttestationException.class)
                    .hasMessageContaining("TLS_CERT_MISSING")
                    .hasMessageContaining("Ed25519");
            client.awaitPrinted("alert");
        }
    }
}
