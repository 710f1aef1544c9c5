package io.cocoon.tl.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.cocoon.testdata.TestData;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.TlException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The schema codec against the vectors and the constructor lists of both generations. */
class SchemaVectorsTest {

    private static final Map<Generation, String> VECTORS = Map.of(
            Generation.DECEMBER_2025, "vectors/wire-vectors.json",
            Generation.APRIL_2026, "vectors/wire-vectors-2026.json");

    private static final Map<Generation, String> CONSTRUCTORS = Map.of(
            Generation.DECEMBER_2025, "vectors/tl-constructors.json",
            Generation.APRIL_2026, "vectors/tl-constructors-2026.json");

    private static final Set<String> PINNED = Set.of(
            "client.params",
            "proxy.params",
            "worker.params",
            "client.workerInstanceV2",
            "client.runQueryEx",
            "proxy.runQueryEx");

    private static Bytes hex(JsonNode vector) {
        return Bytes.fromHex(vector.get("hex").textValue());
    }

    @ParameterizedTest
    @EnumSource(Generation.class)
    void every_combinator_of_the_list_is_here_with_its_id_and_text(Generation generation) {
        TlSchema schema = TlSchema.of(generation);
        int count = 0;
        Set<String> names = new TreeSet<>();
        for (JsonNode each : TestData.json(CONSTRUCTORS.get(generation)).get("combinators")) {
            if (each.get("kind").textValue().equals("builtin")) {
                continue;
            }
            Combinator combinator = schema.combinator(each.get("name").textValue());
            assertThat(combinator.id()).isEqualTo(each.get("id_signed").intValue());
            assertThat(combinator.canonical()).isEqualTo(each.get("canonical").textValue());
            assertThat(combinator.isFunction())
                    .isEqualTo(each.get("kind").textValue().equals("function"));
            if (!PINNED.contains(combinator.name())) {
                assertThat(combinator.canonicalId()).isEqualTo(combinator.id());
            }
            names.add(combinator.name());
            count++;
        }
        assertThat(schema.names()).isEqualTo(names);
        System.out.println(generation + " combinators: " + count);
    }

    @ParameterizedTest
    @EnumSource(Generation.class)
    void every_constructor_id_check_holds(Generation generation) {
        int count = 0;
        for (JsonNode check : TestData.json(VECTORS.get(generation)).get("constructor_id_checks")) {
            CRC32 crc = new CRC32();
            crc.update(check.get("text").textValue().getBytes(StandardCharsets.UTF_8));
            assertThat((int) crc.getValue())
                    .isEqualTo(Integer.parseUnsignedInt(
                            check.get("crc32").textValue().substring(2), 16));
            if (check.has("id")) {
                String name = check.get("text").textValue().split(" ")[0];
                assertThat(TlSchema.of(generation).combinator(name).id())
                        .isEqualTo(Integer.parseUnsignedInt(
                                check.get("id").textValue().substring(2), 16));
            }
            count++;
        }
        System.out.println(generation + " constructor_id_checks: " + count);
    }

    @ParameterizedTest
    @EnumSource(Generation.class)
    void every_object_goes_from_json_to_bytes_and_back(Generation generation) throws Exception {
        TlSchema schema = TlSchema.of(generation);
        TlJson json = new TlJson(schema);
        ObjectMapper mapper = new ObjectMapper();
        int count = 0;
        for (JsonNode vector : TestData.json(VECTORS.get(generation)).get("tl")) {
            String name = vector.get("name").textValue();
            TlNode fromJson = json.fromJson(vector.get("value").toString());
            assertThat(schema.encode(fromJson)).as(name).isEqualTo(hex(vector));
            TlNode decoded = schema.decode(hex(vector));
            assertThat(decoded).as(name).isEqualTo(fromJson);
            assertThat(mapper.readTree(json.toJson(decoded))).as(name).isEqualTo(vector.get("value"));
            count++;
        }
        System.out.println(generation + " tl through the schema: " + count);
    }

    @ParameterizedTest
    @EnumSource(Generation.class)
    void every_reject_vector_is_refused(Generation generation) {
        int count = 0;
        for (JsonNode vector : TestData.json(VECTORS.get(generation)).get("reject")) {
            Generation reader = vector.get("why").textValue().contains("earlier generation")
                    ? Generation.DECEMBER_2025
                    : generation;
            assertThatThrownBy(() -> TlSchema.of(reader).decode(hex(vector)))
                    .as(vector.get("why").textValue())
                    .isInstanceOf(TlException.class);
            count++;
        }
        System.out.println(generation + " reject: " + count);
    }

    @Test
    void every_lenient_vector_is_read_and_written_canonically() throws Exception {
        for (Generation generation : Generation.values()) {
            TlSchema schema = TlSchema.of(generation);
            for (JsonNode vector : TestData.json("vectors/wire-vectors.json").get("lenient")) {
                assertThat(schema.encode(schema.decode(hex(vector))).toHex())
                        .isEqualTo(vector.get("canonical_hex").textValue());
            }
        }
    }

    @Test
    void an_object_of_the_old_generation_is_unknown_to_the_new_one() {
        Bytes old = Bytes.fromHex("f5ef262a00000000");
        assertThat(TlSchema.of(Generation.DECEMBER_2025).knows(old.intLeAt(0))).isTrue();
        assertThatThrownBy(() -> TlSchema.of(Generation.APRIL_2026).decode(old))
                .isInstanceOf(TlException.class)
                .hasMessageContaining("Unknown constructor");
    }
}
