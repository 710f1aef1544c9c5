package io.cocoon.tee;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class CertificateProperties {

    private static final byte[] GOOD = Handshakes.simulated().certificate().toByteArray();

    @Property
    void a_changed_byte_is_refused_or_breaks_the_signature(
            @ForAll @IntRange(max = 100_000) int where, @ForAll @IntRange(min = 1, max = 255) int change) {
        byte[] changed = GOOD.clone();
        changed[where % changed.length] ^= (byte) change;
        try {
            CertificateParser.parse(changed).check(PeerCertificate.Role.SERVER, java.time.Instant.now());
        } catch (CertificateRefusal e) {
            assertThat(e.code()).isNotEmpty();
            return;
        }
        throw new AssertionError("byte " + where % changed.length + " changed by " + change + " was not noticed");
    }

    @Property
    void a_certificate_that_is_cut_off_is_refused(@ForAll @IntRange(max = 100_000) int length) {
        byte[] cut = Arrays.copyOf(GOOD, length % GOOD.length);
        try {
            CertificateParser.parse(cut);
        } catch (CertificateRefusal e) {
            assertThat(e.code()).isNotEmpty();
            return;
        }
        throw new AssertionError("cut to " + cut.length + " bytes, and not noticed");
    }
}
