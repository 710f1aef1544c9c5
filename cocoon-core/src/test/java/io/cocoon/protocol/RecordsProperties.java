package io.cocoon.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cocoon.tl.Bytes;
import io.cocoon.tl.TlException;
import io.cocoon.tl.TlObject;
import io.cocoon.tl.TlReader;
import io.cocoon.tl.TlWriter;
import io.cocoon.tl.schema.Generation;
import io.cocoon.tl.schema.TlJson;
import io.cocoon.tl.schema.TlNode;
import io.cocoon.tl.schema.TlSchema;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** What must hold for every record and for every sequence of bytes. */
class RecordsProperties {

    private static final TlSchema SCHEMA = TlSchema.of(Generation.APRIL_2026);
    private static final TlJson JSON = new TlJson(SCHEMA);

    @Property(tries = 10)
    void a_random_object_of_every_record_survives_both_codecs(@ForAll long seed) throws TlException {
        for (Class<?> type : Records.byId().values()) {
            Random random = new Random(seed);
            Bytes written = Records.random(type, random).toBytes();
            TlObject read = Records.read(written);
            assertThat(read.constructorId()).isEqualTo(written.intLeAt(0));
            assertThat(read.toBytes()).isEqualTo(written);
            assertThat(Records.read(read.toBytes())).isEqualTo(read);
            if (written.intLeAt(0) != ClientToProxy.CancelQuery.ID) {
                TlNode node = SCHEMA.decode(written);
                assertThat(SCHEMA.encode(node)).isEqualTo(written);
                assertThat(SCHEMA.encode(JSON.fromJson(JSON.toJson(node)))).isEqualTo(written);
            }
        }
    }

    @Property(tries = 10)
    void a_truncated_or_longer_object_is_refused_by_both_codecs(@ForAll long seed) {
        for (Class<?> type : Records.byId().values()) {
            Random random = new Random(seed);
            Bytes written = Records.random(type, random).toBytes();
            Bytes shorter = written.slice(0, random.nextInt(written.length()));
            Bytes longer = written.concat(Bytes.copyOf(new byte[4]));
            for (Bytes bad : new Bytes[] {shorter, longer}) {
                assertThatThrownBy(() -> Records.read(bad)).isInstanceOf(TlException.class);
                assertThatThrownBy(() -> SCHEMA.decode(bad)).isInstanceOf(TlException.class);
            }
        }
    }

    @Property(tries = 10)
    void random_bytes_behind_a_known_id_throw_nothing_but_a_tl_exception(@ForAll byte[] tail) {
        for (int id : Records.byId().keySet()) {
            Bytes input =
                    new TlWriter().writeInt(id).writeRaw(Bytes.copyOf(tail)).seal();
            boolean byRecord = isAccepted(input, Records::read);
            if (id != ClientToProxy.CancelQuery.ID) {
                assertThat(isAccepted(input, SCHEMA::decode)).isEqualTo(byRecord);
            }
        }
    }

    private interface Decoder {
        Object decode(Bytes input) throws TlException;
    }

    private static boolean isAccepted(Bytes input, Decoder decoder) {
        try {
            return decoder.decode(input) != null;
        } catch (TlException e) {
            return false;
        }
    }

    @Property(tries = 500)
    void any_bytes_read_as_text_come_back_as_they_were(@ForAll byte[] content) throws TlException {
        Bytes written = new TlWriter().writeBytes(Bytes.copyOf(content)).seal();
        String text = TlReader.readWhole(written, TlReader::readString);
        assertThat(new TlWriter().writeString(text).seal()).isEqualTo(written);
    }

    @Example
    void a_vector_count_allocates_no_more_than_the_input_backs() throws TlException {
        int size = 1 << 22;
        // Claims as many headers as there are bytes, each an empty name and value of eight bytes in all.
        TlWriter out = new TlWriter(size + 64);
        out.writeInt(HttpRequest.ID)
                .writeString("")
                .writeString("")
                .writeString("")
                .writeInt(size)
                .writeRaw(Bytes.copyOf(new byte[size]));
        Bytes input = out.seal();
        var threads = (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        assertThatThrownBy(() -> TlReader.readWhole(input, HttpRequest::readBoxed))
                .isInstanceOf(TlException.class);
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        System.out.println("allocated per byte of a hostile vector: " + (double) allocated / size);
        assertThat(allocated).isLessThan(16L * size);
        long beforeTree = threads.getCurrentThreadAllocatedBytes();
        assertThatThrownBy(() -> SCHEMA.decode(input))
                .isInstanceOf(TlException.class)
                .hasMessageContaining("More than");
        assertThat(threads.getCurrentThreadAllocatedBytes() - beforeTree).isLessThan(256L << 20);
    }
}
