package io.cocoon.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.cocoon.testdata.TestData;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlException;
import io.cocoon.tl.TlObject;
import io.cocoon.tl.TlReader;
import io.cocoon.tl.TlWriter;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The codec and the records against the vectors of both generations. */
class WireVectorsTest {

    private static final String OLD = "vectors/wire-vectors.json";
    private static final String NEW = "vectors/wire-vectors-2026.json";

    private static JsonNode section(String file, String name) {
        JsonNode section = TestData.json(file).path(name);
        assertThat(section.size()).as(file + " " + name).isPositive();
        return section;
    }

    private static Bytes hex(JsonNode vector) {
        return Bytes.fromHex(vector.get("hex").textValue());
    }

    @Test
    void every_scalar_vector_is_written_and_read() throws Exception {
        int count = 0;
        for (JsonNode vector : section(OLD, "scalars")) {
            TlWriter out = new TlWriter();
            TlReader in = new TlReader(hex(vector));
            JsonNode value = vector.get("value");
            switch (vector.get("type").textValue()) {
                case "int" -> {
                    out.writeInt(value.intValue());
                    assertThat(in.readInt()).isEqualTo(value.intValue());
                }
                case "long" -> {
                    out.writeLong(value.asLong());
                    assertThat(in.readLong()).isEqualTo(value.asLong());
                }
                case "double" -> {
                    out.writeDouble(value.doubleValue());
                    assertThat(in.readDouble()).isEqualTo(value.doubleValue());
                }
                case "Bool" -> {
                    out.writeBool(value.booleanValue());
                    assertThat(in.readBool()).isEqualTo(value.booleanValue());
                }
                case "(vector int256)" -> {
                    var list = in.readVector(TlReader::readInt256);
                    out.writeVector(list, TlWriter::writeInt256);
                    assertThat(list).containsExactly(Int256.fromHex(value.get(0).textValue()));
                }
                case "(vector string)" -> {
                    var list = in.readVector(TlReader::readString);
                    out.writeVector(list, TlWriter::writeString);
                    assertThat(list).containsExactly("a", "", "bcd");
                }
                default -> throw new AssertionError("unknown type of scalar vector: " + vector);
            }
            in.expectEnd();
            assertThat(out.seal()).isEqualTo(hex(vector));
            count++;
        }
        System.out.println("scalars: " + count);
    }

    @Test
    void every_string_vector_up_to_16_MiB_is_written_and_read() throws Exception {
        int count = 0;
        for (JsonNode vector : section(OLD, "strings")) {
            byte[] content = new byte[vector.get("length").intValue()];
            for (int i = 0; i < content.length; i++) {
                content[i] = (byte) (31 * i + 7);
            }
            Bytes encoded =
                    new TlWriter().writeBytes(Bytes.wrapUnshared(content)).seal();
            assertThat(encoded.length()).isEqualTo(vector.get("encoded_length").intValue());
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(encoded.toByteArray());
            assertThat(HexFormat.of().formatHex(digest))
                    .isEqualTo(vector.get("sha256").textValue());
            Bytes back = TlReader.readWhole(encoded, TlReader::readBytes);
            assertThat(back.equals(Bytes.wrapUnshared(content))).isTrue();
            count++;
        }
        System.out.println("strings: " + count);
    }

    /** Objects that never travel have no record; the schema codec serves them. */
    private static boolean hasNoRecord(String type, String file) {
        return type.matches("(rootConfig|proxyDb|keyManagerDb|ton|test|\\w+Runner)\\..*")
                || (file.equals(OLD) && type.matches("keyManager\\.get.*"));
    }

    @ParameterizedTest
    @ValueSource(strings = {OLD, NEW})
    void every_wire_object_is_built_written_and_read(String file) throws Exception {
        Map<String, Integer> ids =
                Records.ids(file.equals(OLD) ? "vectors/tl-constructors.json" : "vectors/tl-constructors-2026.json");
        int count = 0;
        Set<String> without = new TreeSet<>();
        for (JsonNode vector : section(file, "tl")) {
            String type = vector.get("value").get("@type").textValue();
            if (hasNoRecord(type, file)) {
                without.add(type);
                continue;
            }
            TlObject built = Records.build(vector.get("value"), ids);
            TlObject read = Records.read(hex(vector));
            assertThat(built.toBytes()).as(vector.get("name").textValue()).isEqualTo(hex(vector));
            assertThat(read.toBytes()).as(vector.get("name").textValue()).isEqualTo(hex(vector));
            assertThat(read.getClass()).isEqualTo(built.getClass());
            count++;
        }
        System.out.println(file + " tl through records: " + count + "; only through the schema: " + without);
    }

    @ParameterizedTest
    @ValueSource(strings = {OLD, NEW})
    void every_reject_vector_is_refused_by_every_reader(String file) {
        int count = 0;
        for (JsonNode vector : section(file, "reject")) {
            if (vector.get("why").textValue().contains("earlier generation")) {
                continue;
            }
            assertThatThrownBy(() -> Records.read(hex(vector)))
                    .as(vector.get("why").textValue())
                    .isInstanceOf(TlException.class);
            count++;
        }
        System.out.println(file + " reject: " + count);
    }

    @Test
    void every_lenient_vector_is_read_and_written_canonically() throws Exception {
        int count = 0;
        for (JsonNode vector : section(OLD, "lenient")) {
            Bytes canonical = Bytes.fromHex(vector.get("canonical_hex").textValue());
            assertThat(Records.read(hex(vector)).toBytes()).isEqualTo(canonical);
            count++;
        }
        System.out.println("lenient: " + count);
    }

    @Test
    void every_record_has_the_id_of_the_schema() {
        Map<String, Integer> ids = Records.ids("vectors/tl-constructors-2026.json");
        Set<Integer> unknown = new TreeSet<>(Records.byId().keySet());
        unknown.removeAll(ids.values());
        assertThat(unknown)
                .as("only our own extension is not in the schema")
                .containsExactly(ClientToProxy.CancelQuery.ID);
        Set<String> missing = new TreeSet<>();
        ids.forEach((name, id) -> {
            if (name.contains(".") && !hasNoRecord(name, NEW) && !Records.byId().containsKey(id)) {
                missing.add(name);
            }
        });
        assertThat(missing).isEmpty();
    }
}
