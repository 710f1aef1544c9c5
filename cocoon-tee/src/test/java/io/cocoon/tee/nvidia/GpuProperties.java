package io.cocoon.tee.nvidia;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.tee.internal.Certificate;
import io.cocoon.tee.nvidia.GpuWorld.Answer;
import io.cocoon.tee.nvidia.GpuWorld.Cert;
import io.cocoon.tee.nvidia.GpuWorld.Report;
import io.cocoon.tl.Bytes;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** One changed byte anywhere: refused, and never anything but the declared exception. */
class GpuProperties {

    private static final List<Cert> CHAIN = GpuWorld.chain(GpuWorld.hopperFwid(GpuWorld.FWID));
    private static final GpuEvidence EVIDENCE = GpuWorld.evidence("HOPPER", new Report(), CHAIN);
    private static final Bytes RIM = GpuWorld.driverRim();
    private static final Bytes OCSP =
            new Answer(CHAIN.get(1), CHAIN.get(2)).make().response();
    private static final Certificate ISSUED = read(CHAIN.get(1));
    private static final Certificate ISSUER = read(CHAIN.get(2));
    private static final Bytes REPLY = new NrasWorld(1).reply();
    private static final NrasKeys KEYS = NrasWorld.keys(NrasWorld.jwk("key-1", NrasWorld.KEY));
    private static final GpuNonce NONCE = GpuNonce.unbound(GpuWorld.NONCE);

    private static Certificate read(Cert cert) {
        return GpuWorld.make(() -> Certificate.parse(Bytes.wrapUnshared(cert.der())));
    }

    private static Bytes changed(Bytes good, int where, int change) {
        byte[] bytes = good.toByteArray();
        bytes[where % bytes.length] ^= (byte) change;
        return Bytes.wrapUnshared(bytes);
    }

    @Property(tries = 400)
    void a_changed_byte_of_a_report_is_refused(
            @ForAll @IntRange(max = 100_000) int where, @ForAll @IntRange(min = 1, max = 255) int change) {
        GpuEvidence evidence =
                new GpuEvidence("HOPPER", changed(EVIDENCE.report(), where, change), EVIDENCE.chain(), GpuWorld.NONCE);
        assertThat(GpuVerifier.verifyReport(evidence, GpuWorld.trust(), NONCE, GpuWorld.NOW)
                        .result())
                .isEmpty();
    }

    @Property(tries = 300)
    void a_changed_byte_of_a_chain_never_throws(
            @ForAll @IntRange(max = 100_000) int where, @ForAll @IntRange(min = 1, max = 255) int change) {
        GpuEvidence evidence =
                new GpuEvidence("HOPPER", EVIDENCE.report(), changed(EVIDENCE.chain(), where, change), GpuWorld.NONCE);
        // White space may change without a difference.
        assertThat(GpuVerifier.verifyReport(evidence, GpuWorld.trust(), NONCE, GpuWorld.NOW)
                        .checks())
                .hasSize(7);
    }

    @Property(tries = 200)
    void a_changed_byte_of_a_manifest_is_refused_or_changes_nothing_that_is_read(
            @ForAll @IntRange(max = 100_000) int where, @ForAll @IntRange(min = 1, max = 255) int change)
            throws GpuEvidenceException {
        GpuRim good = GpuRim.open(RIM);
        try {
            GpuRim rim = GpuRim.open(changed(RIM, where, change));
            assertThat(rim.active()).isEqualTo(good.active());
            assertThat(rim.version()).isEqualTo(good.version());
        } catch (GpuEvidenceException e) {
            assertThat(e.code()).startsWith("RIM_");
        }
    }

    @Property(tries = 400)
    void a_changed_byte_of_an_ocsp_answer_is_refused_or_outside_of_what_is_used(
            @ForAll @IntRange(max = 100_000) int where, @ForAll @IntRange(min = 1, max = 255) int change) {
        try {
            Ocsp.parse(changed(OCSP, where, change))
                    .check(ISSUED, ISSUER, GpuWorld.OCSP_NONCE, GpuWorld.NOW, false, "certificate");
        } catch (Refusal e) {
            assertThat(e.code()).startsWith("OCSP");
        }
    }

    @Property(tries = 300)
    void a_changed_byte_of_a_reply_is_refused(
            @ForAll @IntRange(max = 100_000) int where, @ForAll @IntRange(min = 1, max = 255) int change) {
        assertThat(NrasTokens.verify(changed(REPLY, where, change), KEYS, NONCE, GpuWorld.NOW)
                        .result())
                .isEmpty();
    }
}
