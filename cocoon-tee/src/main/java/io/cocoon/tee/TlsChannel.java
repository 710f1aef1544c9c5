package io.cocoon.tee;

import io.cocoon.tl.Int256;
import io.cocoon.transport.PeerIdentity;
import io.cocoon.transport.SecureChannel;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.bouncycastle.tls.AlertDescription;
import org.bouncycastle.tls.ContentType;
import org.bouncycastle.tls.TlsClientProtocol;
import org.bouncycastle.tls.TlsFatalAlert;
import org.bouncycastle.tls.TlsFatalAlertReceived;
import org.bouncycastle.tls.TlsProtocol;
import org.bouncycastle.tls.TlsServerProtocol;
import org.jspecify.annotations.Nullable;

/**
 * One TLS connection on BouncyCastle's non-blocking engine.
 *
 * <p>The order that makes it safe (TEE dossier 4.5, T1): the engine finishes the handshake, and so proves that the peer
 * holds its key; only then is the certificate judged, on the verification executor; only when that has accepted it does
 * {@link #peer} complete and {@link #nextPlaintext} give anything out. The reference tells its inner service about a peer
 * before the peer has proven possession.
 */
final class TlsChannel implements SecureChannel {

    /** What all channels of one provider share. */
    record Settings(
            IdentitySource identity,
            PeerPolicy policy,
            CertificateRules rules,
            Clock clock,
            SecureRandom random,
            Executor verification) {}

    /**
     * Most that a peer may send between the end of the handshake and our verdict. Its hello and first query are far
     * smaller; more means a peer that does not wait for answers, or one that wants our memory.
     */
    static final int MAX_BYTES_BEFORE_VERDICT = 1 << 17;

    private static final Runnable NOTHING = () -> {};
    private static final String WANTED = "TLS 1.3 with an Ed25519 certificate on both sides";

    private final Settings settings;
    private final PeerCertificate.Role ownRole;
    private final TlsProtocol protocol;
    private final TlsPeers peers;
    private final CompletableFuture<PeerIdentity> peer = new CompletableFuture<>();
    private final CompletableFuture<IOException> lapsed = new CompletableFuture<>();
    private final AtomicReference<@Nullable Runnable> endWatch = new AtomicReference<>();
    private boolean begun;
    private boolean judging;
    private int bytesBeforeVerdict;

    TlsChannel(Settings settings, PeerCertificate.Role ownRole) {
        this.settings = settings;
        this.ownRole = ownRole;
        this.peers = new TlsPeers(settings.identity().current(), settings.rules(), settings.random());
        this.protocol = ownRole == PeerCertificate.Role.CLIENT ? new TlsClientProtocol() : new TlsServerProtocol();
    }

    @Override
    public void start() throws IOException {
        if (protocol instanceof TlsClientProtocol client) {
            client.connect(peers.client());
        } else {
            ((TlsServerProtocol) protocol).accept(peers.server());
        }
    }

    @Override
    public void receive(byte[] source, int offset, int length) throws IOException {
        if (length > 0) {
            if (peers.handshakeComplete() && !isReady()) {
                boundBeforeVerdict(length);
            }
            if (!begun) {
                begun = true;
                expectTls(source[offset] & 0xff);
            }
            try {
                protocol.offerInput(source, offset, length);
            } catch (IOException e) {
                throw refused(e);
            }
        }
        if (peers.handshakeComplete() && !judging) {
            judging = true;
            judge();
        }
    }

    /** Counts what comes while nothing may be given out, before it is decrypted and kept. */
    private void boundBeforeVerdict(int length) throws IOException {
        bytesBeforeVerdict += length;
        if (bytesBeforeVerdict > MAX_BYTES_BEFORE_VERDICT) {
            throw new IOException("the peer sent " + bytesBeforeVerdict
                    + " bytes after the TLS handshake, while its evidence was not accepted yet; wanted at most "
                    + MAX_BYTES_BEFORE_VERDICT + ": wait for the answer to the first message before sending more");
        }
    }

    /** Turns what the engine threw into the reason that the peer was refused for, if that is what it was. */
    private IOException refused(IOException failure) {
        CertificateRefusal refusal = peers.refusal();
        if (refusal != null && !peer.isDone()) {
            AttestationException reason = new AttestationException(
                    report(Optional.empty(), Int256.ZERO, Int256.ZERO, List.of(refusal.check())));
            peer.completeExceptionally(reason);
            return reason;
        }
        if (failure instanceof TlsFatalAlertReceived alert) {
            String name = AlertDescription.getText(alert.getAlertDescription());
            return new IOException(
                    peers.handshakeComplete()
                            ? "the peer ended the connection with TLS alert " + name
                                    + "; straight after the handshake that means that it refused our certificate or its"
                                    + " evidence: look into the peer's log"
                            : "the peer ended the handshake with TLS alert " + name
                                    + "; it may want another certificate, or not speak " + WANTED,
                    failure);
        }
        if (failure instanceof TlsFatalAlert alert) {
            String name = AlertDescription.getText(alert.getAlertDescription());
            return new IOException(
                    alert.getAlertDescription() == AlertDescription.protocol_version
                            ? "the peer does not offer TLS 1.3 (" + name + "); wanted " + WANTED
                                    + ": use a peer that speaks it"
                            : "the peer broke TLS: " + name + detail(alert) + "; wanted " + WANTED,
                    failure);
        }
        return failure;
    }

    private static String detail(TlsFatalAlert alert) {
        Throwable cause = alert.getCause();
        return cause == null || cause.getMessage() == null ? "" : " (" + cause.getMessage() + ")";
    }

    /** Refuses what is not TLS before the engine sees it: its own text would not help anybody. */
    private static void expectTls(int first) throws IOException {
        if (first != ContentType.handshake && first != ContentType.alert) {
            throw new IOException(
                    "the peer does not speak TLS: its first byte is 0x%02x%s; wanted %s"
                            .formatted(
                                    first,
                                    first >= 'A' && first <= 'Z' ? ", a letter, as in a plain HTTP request" : "",
                                    WANTED
                                            + ": use the address and port of an attested connection, with attestation on both sides"));
        }
    }

    private void judge() {
        try {
            settings.verification().execute(this::judgeNow);
        } catch (RejectedExecutionException e) {
            refuse(List.of(), "ratls.verification", "the verification executor takes no more work", Int256.ZERO);
        }
    }

    private void judgeNow() {
        PeerCertificate certificate = peers.peerCertificate();
        Instant now = settings.clock().instant();
        List<AttestationCheck> checks = new ArrayList<>(certificate.checks(
                ownRole == PeerCertificate.Role.CLIENT ? PeerCertificate.Role.SERVER : PeerCertificate.Role.CLIENT,
                now,
                settings.rules()));
        checks.add(AttestationCheck.passed(
                "ratls.key-possession",
                "a TLS 1.3 handshake signed with the certificate's key",
                "proof that the peer holds its key, before its evidence is judged",
                "RFC 8446 4.4.3; TEE dossier 4.5"));
        if (checks.stream().anyMatch(check -> check.outcome() == AttestationCheck.Outcome.FAILED)) {
            checks.add(AttestationCheck.notApplicable(
                    "policy", "not run: the certificate is not acceptable", "TEE dossier 4.2"));
            peer.completeExceptionally(
                    new AttestationException(report(Optional.empty(), certificate.key(), Int256.ZERO, checks)));
            return;
        }
        try {
            CompletionStage<PolicyDecision> decision = settings.policy().judge(PeerEvidence.of(certificate, now));
            decision.whenComplete((judged, failure) -> decided(certificate, now, checks, judged, failure));
        } catch (Throwable e) {
            // A policy that throws, even an Error, or returns null must refuse the peer at once, not leave it
            // undecided.
            refuse(checks, "policy.failed", "the policy failed: " + e, certificate.key());
        }
    }

    private void decided(
            PeerCertificate certificate,
            Instant time,
            List<AttestationCheck> before,
            @Nullable PolicyDecision judged,
            @Nullable Throwable failure) {
        if (judged == null) {
            refuse(before, "policy.failed", "the policy failed: " + failure, certificate.key());
            return;
        }
        try {
            List<AttestationCheck> checks = new ArrayList<>(before);
            checks.addAll(judged.checks());
            AttestationReport report = report(judged.accepted(), certificate.key(), judged.imageHash(), checks);
            if (judged.accepted().isEmpty()) {
                peer.completeExceptionally(new AttestationException(report));
            } else {
                PeerIdentity identity = new PeerIdentity(
                        judged.accepted().get(),
                        PeerIdentity.Source.OWN_HANDSHAKE,
                        certificate.key().toBytes(),
                        judged.imageHash(),
                        Optional.of(report));
                watch(PeerEvidence.of(certificate, time));
                peer.complete(identity);
            }
        } catch (RuntimeException e) {
            // For example an unattested peer with an image hash: a decision that contradicts itself.
            refuse(before, "policy.failed", "the policy's decision is impossible: " + e, certificate.key());
        }
    }

    /** Begins before the peer is announced, so that no change of policy falls between verdict and watch. */
    private void watch(PeerEvidence judged) {
        Runnable end = settings.policy().watch(judged, refusal -> {
            AttestationReport report = report(Optional.empty(), judged.key(), Int256.ZERO, refusal.checks());
            lapsed.complete(new AttestationException(report));
        });
        if (!endWatch.compareAndSet(null, end)) {
            end.run();
        }
    }

    @Override
    public CompletionStage<IOException> lapsed() {
        return lapsed;
    }

    @Override
    public void released() {
        Runnable end = endWatch.getAndSet(NOTHING);
        if (end != null) {
            end.run();
        }
    }

    /** Fails closed: whatever went wrong while judging, the peer is not accepted. */
    private void refuse(List<AttestationCheck> before, String name, String seen, Int256 key) {
        List<AttestationCheck> checks = new ArrayList<>(before);
        checks.add(AttestationCheck.failed(
                name, "VERIFIER_FAILED", seen, "a verdict", "fail closed", "see the log of this process; try again"));
        peer.completeExceptionally(new AttestationException(report(Optional.empty(), key, Int256.ZERO, checks)));
    }

    private AttestationReport report(
            Optional<PeerIdentity.Kind> accepted, Int256 key, Int256 imageHash, List<AttestationCheck> checks) {
        return new AttestationReport(
                settings.policy().name(), settings.clock().instant(), accepted, key, imageHash, checks);
    }

    @Override
    public byte @Nullable [] nextOutput() {
        int count = protocol.getAvailableOutputBytes();
        if (count == 0) {
            return null;
        }
        byte[] output = new byte[count];
        protocol.readOutput(output, 0, count);
        return output;
    }

    @Override
    public byte @Nullable [] nextPlaintext() {
        if (!isReady()) {
            return null;
        }
        int count = protocol.getAvailableInputBytes();
        if (count == 0) {
            return null;
        }
        byte[] input = new byte[count];
        protocol.readInput(input, 0, count);
        return input;
    }

    @Override
    public void send(byte[] source, int offset, int length) throws IOException {
        if (!isReady()) {
            throw new IllegalStateException("nothing may be sent before the peer is accepted");
        }
        protocol.writeApplicationData(source, offset, length);
    }

    @Override
    public boolean isReady() {
        return peers.handshakeComplete() && peer.isDone() && !peer.isCompletedExceptionally();
    }

    @Override
    public CompletionStage<PeerIdentity> peer() {
        return peer;
    }

    @Override
    public void close() {
        try {
            protocol.close();
        } catch (IOException e) {
            // The engine is closed all the same; the peer just gets no close_notify.
            peer.completeExceptionally(e);
        }
    }
}
