package io.cocoon.ton4j;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.BagOfCells;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellBuilder;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.cell.CellSlice;
import io.cocoon.ton.cell.Dictionary;
import io.cocoon.ton.cell.StateInit;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.ton.ton4j.bitstring.BitString;
import org.ton.ton4j.cell.TonHashMapE;
import org.ton.ton4j.tlb.TickTock;

/** ton4j as the oracle: what we make of random values against what it makes of them. */
class CellOracleProperties {

    @Property(tries = 1_000)
    void a_tree_has_the_same_hash_and_depth(@ForAll long seed, @ForAll @IntRange(min = 1, max = 40) int cells) {
        RandomCells.Pair pair = RandomCells.tree(new Random(seed), cells);
        assertThat(pair.ours().hash().toByteArray()).isEqualTo(pair.theirs().getHash());
        int[] depths = pair.theirs().getDepthLevels();
        assertThat(pair.ours().depth()).isEqualTo(depths[depths.length - 1]);
    }

    @Property(tries = 1_000)
    void each_reads_the_others_bag_of_cells(
            @ForAll long seed,
            @ForAll @IntRange(min = 1, max = 40) int cells,
            @ForAll boolean index,
            @ForAll boolean checksum)
            throws CellException {
        RandomCells.Pair pair = RandomCells.tree(new Random(seed), cells);
        assertThat(BagOfCells.read(Bytes.wrapUnshared(pair.theirs().toBoc(checksum, index))))
                .isEqualTo(pair.ours());
        assertThat(org.ton.ton4j.cell.Cell.fromBoc(BagOfCells.write(pair.ours()).toByteArray())
                        .getHash())
                .isEqualTo(pair.theirs().getHash());
    }

    @Property(tries = 300)
    void a_tree_survives_the_way_there_and_back(@ForAll long seed, @ForAll @IntRange(min = 1, max = 40) int cells)
            throws CellException {
        Cell tree = RandomCells.tree(new Random(seed), cells).ours();
        assertThat(Ton4j.cell(Ton4j.cell(tree))).isEqualTo(tree);
    }

    @Property(tries = 500)
    void pruned_branches_and_their_parents_have_the_same_hashes(
            @ForAll long seed, @ForAll @IntRange(max = 1000) int depth) {
        Random random = new Random(seed);
        Cell pruned = Cell.pruned(RandomCells.int256(random), depth);
        Cell parent = new CellBuilder()
                .storeUint(random.nextInt() & 0xffff_ffffL, 32)
                .storeRef(pruned)
                .storeRef(RandomCells.tree(random, 5).ours())
                .build();
        var theirs = org.ton.ton4j.cell.Cell.fromBoc(BagOfCells.write(parent).toByteArray());
        assertThat(theirs.getHash()).isEqualTo(parent.hash().toByteArray());
        assertThat(theirs.getHash(0)).isEqualTo(parent.hash(0).toByteArray());
    }

    @Property(tries = 1_000)
    void an_address_has_the_same_texts_in_all_forms(@ForAll long seed) {
        Address ours = RandomCells.address(new Random(seed));
        var theirs = Ton4j.address(ours);

        assertThat(theirs.toRaw()).isEqualToIgnoringCase(ours.toString());
        assertThat(theirs.toBounceable()).isEqualTo(ours.toText(true, false));
        assertThat(theirs.toNonBounceable()).isEqualTo(ours.toText(false, false));
        assertThat(theirs.toBounceableTestnet()).isEqualTo(ours.toText(true, true));
        assertThat(theirs.toNonBounceableTestnet()).isEqualTo(ours.toText(false, true));
        for (String text : List.of(
                theirs.toRaw(),
                theirs.toBounceable(),
                theirs.toNonBounceableTestnet(),
                theirs.toBounceable().replace('-', '+').replace('_', '/'))) {
            assertThat(Address.parse(text)).isEqualTo(ours);
            assertThat(Ton4j.address(org.ton.ton4j.address.Address.of(text))).isEqualTo(ours);
        }
        assertThat(Ton4j.cell(new CellBuilder().storeAddress(ours).build()).getHash())
                .isEqualTo(org.ton.ton4j.cell.CellBuilder.beginCell()
                        .storeAddress(theirs)
                        .endCell()
                        .getHash());
    }

    @Property(tries = 1_000)
    void numbers_and_coins_have_the_same_bits(
            @ForAll long seed,
            @ForAll @IntRange(max = 120) int magnitude,
            @ForAll @IntRange(min = 1, max = 64) int bits)
            throws CellException {
        Random random = new Random(seed);
        BigInteger coins = new BigInteger(magnitude, random);
        BigInteger word = new BigInteger(bits, random);
        long signed = random.nextLong() >> (64 - bits);

        Cell ours = new CellBuilder()
                .storeCoins(coins)
                .storeVarUint(coins.shiftRight(72), 7)
                .storeUint(word.longValue(), bits)
                .storeInt(signed, bits)
                .build();
        var theirs = org.ton.ton4j.cell.CellBuilder.beginCell()
                .storeCoins(coins)
                .storeVarUint(coins.shiftRight(72), 7)
                .storeUint(word, bits)
                .storeInt(BigInteger.valueOf(signed), bits)
                .endCell();

        assertThat(theirs.getHash()).isEqualTo(ours.hash().toByteArray());
        assertThat(ours.beginParse().loadBigCoins()).isEqualTo(coins);
        assertThat(org.ton.ton4j.cell.CellSlice.beginParse(theirs).loadCoins()).isEqualTo(coins);
    }

    @Property(tries = 500)
    void a_contract_that_starts_with_the_same_has_the_same_address(
            @ForAll long seed, @ForAll boolean special, @ForAll boolean library) {
        Random random = new Random(seed);
        RandomCells.Pair code = RandomCells.tree(random, 4);
        RandomCells.Pair data = RandomCells.tree(random, 2);
        RandomCells.Pair shelf = RandomCells.tree(random, 1);
        boolean tick = random.nextBoolean();
        StateInit ours = new StateInit(
                Optional.empty(),
                special ? Optional.of(new StateInit.TickTock(tick, !tick)) : Optional.empty(),
                Optional.of(code.ours()),
                Optional.of(data.ours()),
                library ? Optional.of(shelf.ours()) : Optional.empty());
        var builder = org.ton.ton4j.tlb.StateInit.builder().code(code.theirs()).data(data.theirs());
        if (special) {
            builder.tickTock(TickTock.builder().tick(tick).tock(!tick).build());
        }
        if (library) {
            builder.lib(shelf.theirs());
        }
        var theirs = builder.build();

        assertThat(theirs.toCell().getHash()).isEqualTo(ours.toCell().hash().toByteArray());
        assertThat(Ton4j.address(theirs.getAddress())).isEqualTo(ours.address());
    }

    @Property(tries = 500)
    void a_dictionary_is_the_same_tree(@ForAll long seed, @ForAll @IntRange(min = 1, max = 40) int entries)
            throws CellException {
        Random random = new Random(seed);
        int keyBits = List.of(8, 15, 32, 64, 256).get(random.nextInt(5));
        SortedMap<Bytes, Cell> ours = new TreeMap<>();
        TonHashMapE theirs = new TonHashMapE(keyBits);
        for (int i = 0; i < entries; i++) {
            // Some keys share long beginnings, some nothing.
            BigInteger key = new BigInteger(random.nextBoolean() ? keyBits : Math.min(keyBits, 6), random);
            byte[] left = new byte[(keyBits + 7) / 8];
            byte[] number = key.shiftLeft(8 * left.length - keyBits).toByteArray();
            for (int j = 0; j < Math.min(left.length, number.length); j++) {
                left[left.length - 1 - j] = number[number.length - 1 - j];
            }
            RandomCells.Pair value = small(random);
            ours.put(Bytes.wrapUnshared(left), value.ours());
            theirs.elements.put(key, value.theirs());
        }
        CellBuilder out = new CellBuilder();
        Dictionary.store(out, ours, keyBits);
        Cell tree = out.build().beginParse().loadMaybeRef().orElseThrow();

        org.ton.ton4j.cell.Cell expected = theirs.serialize(
                key -> {
                    BitString bits = new BitString(keyBits);
                    bits.writeUint((BigInteger) key, keyBits);
                    return bits;
                },
                value -> (org.ton.ton4j.cell.Cell) value);

        assertThat(tree.hash()).isEqualTo(Int256.of(expected.getHash()));
        for (Map.Entry<Bytes, CellSlice> entry :
                Dictionary.load(out.build().beginParse(), keyBits).entrySet()) {
            assertThat(new CellBuilder().storeSlice(entry.getValue()).build()).isEqualTo(ours.get(entry.getKey()));
        }
    }

    private static RandomCells.Pair small(Random random) {
        long value = random.nextInt(1 << 20);
        return new RandomCells.Pair(
                new CellBuilder().storeUint(value, 32).build(),
                org.ton.ton4j.cell.CellBuilder.beginCell().storeUint(value, 32).endCell());
    }
}
