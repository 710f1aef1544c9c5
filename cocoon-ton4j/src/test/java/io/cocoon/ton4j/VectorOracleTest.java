package io.cocoon.ton4j;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.cocoon.testdata.TestData;
import io.cocoon.tl.Bytes;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.BagOfCells;
import io.cocoon.ton.cell.Cell;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The vectors, read by ton4j and by us. */
class VectorOracleTest {

    private static final JsonNode VECTORS = TestData.json("vectors/ton-vectors.json");

    private static List<JsonNode> objectsWith(JsonNode node, String member) {
        List<JsonNode> found = new ArrayList<>();
        if (node.has(member)) {
            found.add(node);
        }
        node.forEach(child -> found.addAll(objectsWith(child, member)));
        return found;
    }

    @Test
    void every_bag_of_cells_is_the_same_to_both() throws Exception {
        List<JsonNode> bags = objectsWith(VECTORS, "boc_hex");
        assertThat(bags.size()).isGreaterThanOrEqualTo(155);
        for (JsonNode bag : bags) {
            String hex = bag.get("boc_hex").textValue();
            Cell ours = BagOfCells.read(Bytes.fromHex(hex));
            var theirs = org.ton.ton4j.cell.Cell.fromBoc(hex);
            assertThat(ours.hash().toByteArray()).isEqualTo(theirs.getHash());
            assertThat(ours.bits()).isEqualTo(theirs.getBits().getUsedBits());
            assertThat(ours.refCount()).isEqualTo(theirs.getUsedRefs());
            if (bag.has("hash_hex")) {
                assertThat(ours.hash().toHex()).isEqualTo(bag.get("hash_hex").textValue());
            }
            assertThat(Ton4j.cell(theirs)).isEqualTo(ours);
            assertThat(Ton4j.cell(ours).getHash()).isEqualTo(theirs.getHash());
        }
    }

    @Test
    void every_address_is_the_same_to_both() {
        List<JsonNode> addresses = objectsWith(VECTORS, "bounceable_url");
        assertThat(addresses.size()).isGreaterThanOrEqualTo(14);
        for (JsonNode address : addresses) {
            Address ours = Address.parse(address.get("raw").textValue());
            var theirs = org.ton.ton4j.address.Address.of(address.get("raw").textValue());
            assertThat(Ton4j.address(theirs)).isEqualTo(ours);
            assertThat(Ton4j.address(ours).toRaw()).isEqualTo(theirs.toRaw());
            assertThat(theirs.toBounceable())
                    .isEqualTo(ours.toText(true, false))
                    .isEqualTo(address.get("bounceable_url").textValue());
            assertThat(theirs.toNonBounceable())
                    .isEqualTo(ours.toText(false, false))
                    .isEqualTo(address.get("non_bounceable_url").textValue());
        }
    }
}
