package io.cocoon.tee.sevsnp;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.tl.Bytes;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class SnpProperties {

    private static final SnpEvidence GOOD = SnpEvidence.of("ok-genoa-v3");

    @Property(tries = 200)
    void a_report_with_a_changed_byte_is_refused(
            @ForAll @IntRange(max = SnpReport.BYTES - 1) int where, @ForAll @IntRange(min = 1, max = 255) int change) {
        byte[] changed = GOOD.report().toByteArray();
        changed[where] ^= (byte) change;
        assertThat(GOOD.withReport(Bytes.wrapUnshared(changed)).code()).isNotEmpty();
    }

    @Property(tries = 200)
    void a_certificate_text_with_a_changed_byte_is_refused_or_means_the_same(
            @ForAll @IntRange(max = 100_000) int where, @ForAll @IntRange(min = 1, max = 255) int change) {
        byte[] changed = GOOD.endorsement().toByteArray();
        changed[where % changed.length] ^= (byte) change;
        var found = GOOD.withEndorsement(Bytes.wrapUnshared(changed)).verify();
        found.result()
                .ifPresent(same -> assertThat(same.endorsement())
                        .isEqualTo(GOOD.appraisal().endorsement()));
    }

    @Property(tries = 200)
    void collateral_with_a_changed_byte_is_refused_or_means_the_same(
            @ForAll boolean inList,
            @ForAll @IntRange(max = 100_000) int where,
            @ForAll @IntRange(min = 1, max = 255) int change) {
        SnpCollateral good = GOOD.collateral();
        byte[] changed = (inList ? good.crl().orElseThrow() : good.chain()).toByteArray();
        changed[where % changed.length] ^= (byte) change;
        SnpCollateral other = inList
                ? new SnpCollateral(good.product(), good.chain(), Optional.of(Bytes.wrapUnshared(changed)))
                : new SnpCollateral(good.product(), Bytes.wrapUnshared(changed), good.crl());
        var found = VerifiedSnpCollateral.verify(other, GOOD.trust(), GOOD.time());
        assertThat(found.result().isPresent()).isEqualTo(found.firstFailure().isEmpty());
        found.result().ifPresent(same -> {
            assertThat(inList).isFalse();
            assertThat(same.expires())
                    .isEqualTo(VerifiedSnpCollateral.verify(good, GOOD.trust(), GOOD.time())
                            .result()
                            .orElseThrow()
                            .expires());
        });
    }
}
