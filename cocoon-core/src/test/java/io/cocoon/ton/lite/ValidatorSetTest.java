package io.cocoon.ton.lite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellBuilder;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.cell.TestTrees;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Order and short hash; the wanted values were computed on their own, with another language's SHA-512 and CRC-32C. */
class ValidatorSetTest {

    private static final int CATCHAIN = 654_321;

    private static Int256 filled(int value) {
        return TestChain.hash("%02x".formatted(value));
    }

    private static Cell tenOfTwelve() {
        SortedMap<Bytes, Cell> list = new TreeMap<>();
        for (int i = 0; i < 12; i++) {
            list.put(
                    Bytes.wrapUnshared(new byte[] {0, (byte) i}),
                    new CellBuilder()
                            .storeUint(0x73, 8)
                            .storeUint(0x8e81278aL, 32)
                            .storeInt256(filled(i))
                            .storeUint(1000 + i, 64)
                            .storeInt256(filled(0x80 + i))
                            .build());
        }
        return new CellBuilder()
                .storeUint(0x12, 8)
                .storeUint(0, 64)
                .storeUint(12, 16)
                .storeUint(10, 16)
                .storeUint(0, 64)
                .storeBit(true)
                .storeRef(TestTrees.dictionary(list, 16, Cell.EMPTY))
                .build();
    }

    private static Cell catchain(boolean shuffle) {
        return new CellBuilder()
                .storeUint(0xc2, 8)
                .storeUint(0, 7)
                .storeBit(shuffle)
                .storeUint(0, 64)
                .build();
    }

    @Test
    void should_shuffle_the_main_validators_by_the_number_of_the_catchain() throws Exception {
        ValidatorSet set = ValidatorSet.ofMasterchain(tenOfTwelve(), catchain(true), CATCHAIN);

        assertThat(set.validators())
                .extracting(ValidatorSet.Validator::key)
                .isEqualTo(List.of(
                        filled(5), filled(8), filled(4), filled(6), filled(7), filled(3), filled(0), filled(9),
                        filled(1), filled(2)));
        assertThat(set.shortHash()).isEqualTo(0x5003f879);
        assertThat(set.totalWeight()).isEqualTo(10_045);
    }

    @Test
    void should_keep_the_order_without_a_shuffle() throws Exception {
        Cell old = new CellBuilder().storeUint(0xc1, 8).storeUint(0, 64).build();

        ValidatorSet set = ValidatorSet.ofMasterchain(tenOfTwelve(), catchain(false), CATCHAIN);

        assertThat(set.validators().get(3).key()).isEqualTo(filled(3));
        assertThat(set.validators()).hasSize(10);
        assertThat(ValidatorSet.ofMasterchain(tenOfTwelve(), old, CATCHAIN)).isEqualTo(set);
        assertThat(ValidatorSet.ofMasterchain(tenOfTwelve(), null, CATCHAIN)).isEqualTo(set);
    }

    @ParameterizedTest
    @CsvSource({"0x13,0x73,0x8e81278a", "0x12,0x74,0x8e81278a", "0x12,0x73,0x8e81278b"})
    void should_refuse_wrong_tags(String list, String validator, String key) {
        SortedMap<Bytes, Cell> entries = new TreeMap<>();
        entries.put(
                Bytes.wrapUnshared(new byte[2]),
                new CellBuilder()
                        .storeUint(Long.decode(validator), 8)
                        .storeUint(Long.decode(key), 32)
                        .storeInt256(filled(1))
                        .storeUint(1, 64)
                        .storeInt256(filled(2))
                        .build());
        Cell cell = new CellBuilder()
                .storeUint(Long.decode(list), 8)
                .storeUint(0, 64)
                .storeUint(1, 16)
                .storeUint(1, 16)
                .storeUint(0, 64)
                .storeBit(true)
                .storeRef(TestTrees.dictionary(entries, 16, Cell.EMPTY))
                .build();

        assertThatThrownBy(() -> ValidatorSet.ofMasterchain(cell, null, 1))
                .isInstanceOf(CellException.class)
                .hasMessageContaining("begins with");
    }

    @Test
    void should_refuse_a_configuration_of_catchains_that_is_none() {
        Cell wrong = new CellBuilder().storeUint(0xc3, 8).storeUint(0, 64).build();

        assertThatThrownBy(() -> ValidatorSet.ofMasterchain(tenOfTwelve(), wrong, 1))
                .isInstanceOf(CellException.class)
                .hasMessageContaining("begins with c3");
    }
}
