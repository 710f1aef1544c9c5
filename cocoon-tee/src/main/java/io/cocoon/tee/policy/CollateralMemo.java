package io.cocoon.tee.policy;

import io.cocoon.tee.AttestationCheck;
import io.cocoon.tee.Verification;
import io.cocoon.tee.sevsnp.SnpAppraisal;
import io.cocoon.tee.sevsnp.SnpCollateral;
import io.cocoon.tee.sevsnp.SnpTrust;
import io.cocoon.tee.sevsnp.SnpVerifier;
import io.cocoon.tee.sevsnp.VerifiedSnpCollateral;
import io.cocoon.tee.tdx.TdxCollateral;
import io.cocoon.tee.tdx.VerifiedCollateral;
import io.cocoon.tl.Bytes;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Keeps the signatures of collateral from being verified for every quote or report: the same object (sources give the same one until it
 * changes) is verified once, and its dates at every use. Thread-safe.
 */
final class CollateralMemo {

    /** Families of platforms that are remembered; each holds some 100 KiB. */
    private static final int MAX_SETS = 64;

    /** A set by its identity: comparing the bytes would cost more than it saves. */
    private record Same(TdxCollateral set) {
        @Override
        public boolean equals(Object object) {
            return object instanceof Same other && other.set == set;
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(set);
        }
    }

    /** A verified set, or the checks that say why it is none. */
    record Found(Optional<VerifiedCollateral> set, List<AttestationCheck> checks) {}

    private final Map<Same, VerifiedCollateral> verified = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Same, VerifiedCollateral> eldest) {
            return size() > MAX_SETS;
        }
    };

    /** A set by its identity, and what was trusted when it was verified. */
    private record SameSnp(SnpCollateral set, SnpTrust trust) {
        @Override
        public boolean equals(Object object) {
            return object instanceof SameSnp other && other.set == set && other.trust.equals(trust);
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(set);
        }
    }

    private final Map<SameSnp, VerifiedSnpCollateral> verifiedSnp = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<SameSnp, VerifiedSnpCollateral> eldest) {
            return size() > MAX_SETS;
        }
    };

    /** Returns the verified set, or what is wrong with it. The dates of a known one are checked with the quote. */
    Found verify(TdxCollateral set, TrustAnchors anchors, Instant time) {
        Same key = new Same(set);
        VerifiedCollateral known;
        synchronized (verified) {
            known = verified.get(key);
        }
        if (known != null) {
            return new Found(Optional.of(known), List.of());
        }
        Verification<VerifiedCollateral> made = VerifiedCollateral.verify(set, anchors.tdx(), time);
        made.result().ifPresent(good -> {
            synchronized (verified) {
                verified.put(key, good);
            }
        });
        return new Found(made.result(), made.checks());
    }

    /** Verifies a report; the checks are the same whether the collateral was verified before or not. */
    Verification<SnpAppraisal> verify(
            Bytes report, Bytes endorsement, SnpCollateral set, SnpTrust trust, Instant time) {
        SameSnp key = new SameSnp(set, trust);
        VerifiedSnpCollateral known;
        synchronized (verifiedSnp) {
            known = verifiedSnp.get(key);
        }
        if (known == null) {
            Optional<VerifiedSnpCollateral> made =
                    VerifiedSnpCollateral.verify(set, trust, time).result();
            if (made.isEmpty()) {
                // Says what is wrong, in the order of the rules: a fault of the report comes before one of the list.
                return SnpVerifier.verify(report, endorsement, set, trust, time);
            }
            known = made.get();
            synchronized (verifiedSnp) {
                verifiedSnp.put(key, known);
            }
        }
        return SnpVerifier.verify(report, endorsement, known, time);
    }
}
