package io.cocoon.tee.sevsnp;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.tl.Bytes;
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
}
