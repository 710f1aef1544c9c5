package io.cocoon.testkit;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.tee.CertificateIdentity;
import io.cocoon.tee.collateral.CollateralException;
import io.cocoon.tee.collateral.CollateralSource;
import io.cocoon.tee.collateral.Fmspc;
import io.cocoon.tee.collateral.MemoryCollateral;
import io.cocoon.tee.collateral.PckCa;
import io.cocoon.tee.collateral.TdxCollateralJson;
import io.cocoon.tee.policy.AttestationPolicy;
import io.cocoon.tee.policy.NetworkAttestation;
import io.cocoon.tee.policy.TrustAnchors;
import io.cocoon.tee.sevsnp.SnpTrust;
import io.cocoon.tee.tdx.TdxQuote;
import io.cocoon.tee.tdx.TdxQuoteException;
import io.cocoon.tee.tdx.TdxTrust;
import io.cocoon.testdata.TestData;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.chain.CocoonChain;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** Evidence of genuine form for one key, signed under a root of our own. */
final class SyntheticTdx {

    /** When the collateral is valid; goes on from there. */
    static final Clock CLOCK = startingAt("2026-11-01T12:00:00Z");

    static final SecureRandom RANDOM = new SecureRandom();

    /** All quotes are for this key. */
    static final Ed25519Key KEY =
            Ed25519Key.fromSeed(Int256.fromHex("7debe3545102d89f070aaec707f4a5f4278787bb40c83b1a560b811795431bd9"));

    static final TdxTrust ROOT =
            TdxTrust.ofCertificate(Bytes.wrapUnshared(TestData.bytes("tdx/roots/synthetic-a-root.der")));
    static final TrustAnchors ANCHORS = TrustAnchors.forTestsOnly("our synthetic root", ROOT, SnpTrust.amd());
    static final AttestationPolicy BASE = AttestationPolicy.builder("root-contract")
            .allowTdx()
            .imageHashes(List.of())
            .collateralRoots(List.of(ROOT.rootHash()))
            .build();
    static final CollateralSource COLLATERAL = collateral();
    static final Int256 IMAGE = image(quote("base"));

    private SyntheticTdx() {}

    static Clock startingAt(String time) {
        return Clock.offset(Clock.systemUTC(), Duration.between(Instant.now(), Instant.parse(time)));
    }

    private static CollateralSource collateral() {
        try {
            return MemoryCollateral.builder()
                    .tdx(
                            Fmspc.fromHex("f0c056101765"),
                            PckCa.PLATFORM,
                            false,
                            TdxCollateralJson.parse(
                                    Bytes.wrapUnshared(TestData.bytes("tdx/collateral/synthetic/base.json"))))
                    .build();
        } catch (CollateralException e) {
            throw new AssertionError(e);
        }
    }

    static Bytes quote(String name) {
        return Bytes.wrapUnshared(TestData.bytes("tdx/quotes/synthetic/" + name + ".bin"));
    }

    static Int256 image(Bytes quote) {
        try {
            return TdxQuote.parse(quote).imageHash();
        } catch (TdxQuoteException e) {
            throw new AssertionError(e);
        }
    }

    static CertificateIdentity identity(String quote) {
        return CertificateIdentity.withTdxQuote(KEY, quote(quote), CLOCK, RANDOM);
    }

    static CertificateIdentity healthy() {
        return identity("base");
    }

    static NetworkAttestation demands(CocoonChain chain) {
        return NetworkAttestation.of(chain, COLLATERAL)
                .base(BASE)
                .trust(ANCHORS)
                .clock(CLOCK);
    }
}
