package io.cocoon.tee.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cocoon.tl.Bytes;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;

class SnpCertificateTableProperties {

    @Property
    void any_table_is_read_or_refused(@ForAll @Size(max = 400) byte[] table) {
        try {
            SnpCertificateTable.parse(Bytes.copyOf(table)).vcek();
        } catch (GuestException e) {
            assertThat(e.reason()).isEqualTo(GuestException.Reason.WRONG_ANSWER);
        }
    }

    @Example
    void a_table_without_an_end_an_entry_outside_and_one_over_the_headers_are_refused() {
        Bytes guid = Bytes.fromHex("8d75da6364e66445adc5f4b93be8accd");
        Bytes end = Bytes.copyOf(new byte[24]);
        assertThatThrownBy(() -> SnpCertificateTable.parse(guid.concat(Bytes.fromHex("0000000000000000"))))
                .isInstanceOf(GuestException.class);
        assertThatThrownBy(() -> SnpCertificateTable.parse(
                        guid.concat(Bytes.fromHex("30000000ffffffff")).concat(end)))
                .isInstanceOf(GuestException.class);
        assertThatThrownBy(() -> SnpCertificateTable.parse(
                        guid.concat(Bytes.fromHex("0800000004000000")).concat(end)))
                .isInstanceOf(GuestException.class);
    }
}
