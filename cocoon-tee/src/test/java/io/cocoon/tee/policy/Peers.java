package io.cocoon.tee.policy;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.tee.CertificateIdentity;
import io.cocoon.tee.PeerEvidence;
import io.cocoon.tee.PolicyDecision;
import io.cocoon.tee.collateral.CollateralSource;
import io.cocoon.tee.collateral.Fmspc;
import io.cocoon.tee.collateral.PckCa;
import io.cocoon.tee.sevsnp.SnpCollateral;
import io.cocoon.tee.sevsnp.SnpProduct;
import io.cocoon.tee.sevsnp.SnpTrust;
import io.cocoon.tee.tdx.ForgedTdx;
import io.cocoon.tee.tdx.TdxCollateral;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

/** Peers with forged evidence, a clock that a test turns, and a source that a test fills. */
public final class Peers {

    public static final SecureRandom RANDOM = new SecureRandom();
    public static final TrustAnchors ANCHORS =
            TrustAnchors.forTestsOnly("forged by this test", ForgedTdx.trust(), SnpTrust.amd());

    private Peers() {}

    /** Gives what a test put in, and counts. */
    public static final class Source implements CollateralSource {
        public volatile CompletionStage<TdxCollateral> next;
        public final AtomicInteger asked = new AtomicInteger();

        public Source(TdxCollateral set) {
            next = CompletableFuture.completedFuture(set);
        }

        @Override
        public CompletionStage<TdxCollateral> tdx(Fmspc fmspc, PckCa ca, boolean sgx) {
            asked.incrementAndGet();
            return next;
        }

        @Override
        public CompletionStage<SnpCollateral> snp(SnpProduct product, boolean vlek) {
            asked.incrementAndGet();
            return new CompletableFuture<>();
        }
    }

    /** A peer with its key, forged evidence and certificate. */
    public record Forged(CertificateIdentity identity, ForgedTdx tdx) {

        public PeerEvidence evidence(Instant time) {
            try {
                return PeerEvidence.read(identity.certificate(), true, time);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }

        public Int256 imageHash() {
            return tdx.imageHash();
        }
    }

    public static Forged peer(Clock clock) {
        return peer(clock, it -> it);
    }

    public static Forged peer(Clock clock, UnaryOperator<ForgedTdx> change) {
        return peer(Ed25519Key.generate(RANDOM), clock, change);
    }

    public static Forged peer(Ed25519Key key, Clock clock, UnaryOperator<ForgedTdx> change) {
        ForgedTdx tdx = change.apply(ForgedTdx.forReportData(reportData(key)));
        return new Forged(CertificateIdentity.withTdxQuote(key, tdx.quote(), clock, RANDOM), tdx);
    }

    public static Bytes reportData(Ed25519Key key) {
        try {
            return Bytes.wrapUnshared(
                    MessageDigest.getInstance("SHA-512").digest(key.publicKey().toByteArray()));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    public static AttestationPolicy.Builder policyFor(Forged peer) {
        return AttestationPolicy.builder("test")
                .allowTdx()
                .imageHashes(java.util.List.of(peer.imageHash()))
                .collateralRoots(java.util.List.of(ForgedTdx.trust().rootHash()));
    }

    /** Everything on the calling thread, so that a result is there when the call returns. */
    public static AttestedPeers.Builder attested(CollateralSource source, Clock clock) {
        return AttestedPeers.builder()
                .collateral(source)
                .trust(ANCHORS)
                .clock(clock)
                .executor(Runnable::run)
                .recheckEvery(Duration.ofDays(1));
    }

    public static PolicyDecision judge(AttestedPeers peers, PeerEvidence peer) {
        return peers.judge(peer).toCompletableFuture().join();
    }
}
