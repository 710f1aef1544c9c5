package io.cocoon.tee.policy;

import io.cocoon.tl.Bytes;
import java.time.Instant;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Damaged documents are refused with the declared exception, or mean what they say. */
class PolicyProperties {

    private static final Bytes POLICY = AttestationPolicy.builder("a")
            .allowTdx()
            .allowSevSnp(SnpRules.Software.MEASURED_BOOT)
            .anyImage()
            .build()
            .toJson();

    private static final Bytes BUNDLE = new EvidenceBundle(
                    Instant.EPOCH,
                    AttestationPolicy.builder("a").allowTdx().anyImage().build(),
                    new EvidenceBundle.Subject.Quote(Bytes.utf8("no quote")),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty())
            .toJson();

    private static Bytes damaged(Bytes whole, long seed) {
        Random random = new Random(seed);
        byte[] bytes = whole.toByteArray();
        for (int i = random.nextInt(4); i >= 0; i--) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
        }
        return Bytes.copyOf(bytes, 0, random.nextInt(4) == 0 ? random.nextInt(bytes.length) : bytes.length);
    }

    @Property
    void should_read_or_refuse_a_damaged_policy(@ForAll long seed) {
        readPolicy(damaged(POLICY, seed));
    }

    @Property
    void should_read_or_refuse_a_damaged_bundle(@ForAll long seed) {
        readBundle(damaged(BUNDLE, seed));
    }

    static void readPolicy(Bytes json) {
        try {
            AttestationPolicy policy = AttestationPolicy.parse(json);
            if (!AttestationPolicy.parse(policy.toJson()).equals(policy)) {
                throw new AssertionError("another policy after writing and reading");
            }
        } catch (PolicyException e) {
            if (e.getMessage() == null) {
                throw new AssertionError("a refusal without a reason", e);
            }
        }
    }

    static void readBundle(Bytes json) {
        try {
            EvidenceBundle bundle = EvidenceBundle.parse(json);
            if (bundle.verify(TrustAnchors.genuine()).accepted().isPresent()) {
                throw new AssertionError("evidence from nowhere was accepted");
            }
        } catch (PolicyException e) {
            if (e.getMessage() == null) {
                throw new AssertionError("a refusal without a reason", e);
            }
        }
    }
}
