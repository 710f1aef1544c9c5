package io.cocoon.ton.lite;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlReader;
import io.cocoon.tl.TlWriter;
import io.cocoon.ton.cell.BagOfCells;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.cell.CellSlice;
import io.cocoon.ton.cell.Dictionary;
import io.cocoon.ton.cell.TestTrees;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.bouncycastle.math.ec.rfc7748.X25519;

class LiteProperties {

    private static final TestChain CHAIN = new TestChain(4, 8, true, true, Instant.parse("2026-07-01T00:00:00Z"));

    @Property(tries = 200)
    void frames_come_out_as_they_went_in(
            @ForAll @Size(max = 6) List<@IntRange(min = 0, max = 60_000) Integer> sizes, @ForAll long seed)
            throws Exception {
        Random random = new Random(seed);
        List<Bytes> sent = new ArrayList<>();
        Bytes stream = Bytes.empty();
        for (int size : sizes) {
            byte[] payload = new byte[size];
            byte[] nonce = new byte[32];
            random.nextBytes(payload);
            random.nextBytes(nonce);
            sent.add(Bytes.wrapUnshared(payload));
            stream = stream.concat(Bytes.wrapUnshared(AdnlFrames.frame(Bytes.wrapUnshared(payload), nonce)));
        }
        AdnlFrames frames = new AdnlFrames(1 << 20);
        List<Bytes> received = new ArrayList<>();
        for (int at = 0; at < stream.length(); ) {
            int count = Math.min(1 + random.nextInt(9000), stream.length() - at);
            frames.feed(stream.slice(at, count).toByteArray(), received::add);
            at += count;
        }
        assertThat(received).isEqualTo(sent);
    }

    @Property(tries = 100)
    void a_frame_with_one_bit_changed_is_refused_or_waits_for_more(@ForAll long seed) {
        Random random = new Random(seed);
        byte[] payload = new byte[random.nextInt(200)];
        byte[] frame = AdnlFrames.frame(Bytes.wrapUnshared(payload), new byte[32]);
        frame[random.nextInt(frame.length)] ^= (byte) (1 << random.nextInt(8));
        List<Bytes> received = new ArrayList<>();
        try {
            new AdnlFrames(1 << 20).feed(frame, received::add);
        } catch (AdnlException e) {
            assertThat(e.isBroken()).isTrue();
        }
        assertThat(received).isEmpty();
    }

    @Property(tries = 100)
    void both_sides_agree_on_a_secret(@ForAll @Size(32) byte[] one, @ForAll @Size(32) byte[] other) {
        Ed25519Key a = Ed25519Key.fromSeed(Int256.of(one));
        Ed25519Key b = Ed25519Key.fromSeed(Int256.of(other));

        assertThat(AdnlKeys.secret(a, b.publicKey())).isEqualTo(AdnlKeys.secret(b, a.publicKey()));
        assertThat(AdnlKeys.secret(a, b.publicKey())).isEqualTo(x25519(one, other));
    }

    /** The same secret without converting a point: both scalars are known here. */
    private static byte[] x25519(byte[] one, byte[] other) {
        byte[] base = new byte[32];
        byte[] secret = new byte[32];
        X25519.scalarMultBase(AdnlKeys.digest("SHA-512").digest(other), 0, base, 0);
        X25519.scalarMult(AdnlKeys.digest("SHA-512").digest(one), 0, base, 0, secret, 0);
        return secret;
    }

    @Property(tries = 300)
    void answers_with_changed_bytes_are_answers_or_refused(@ForAll long seed) throws Exception {
        Random random = new Random(seed);
        TlWriter out = new TlWriter().writeInt(LiteAnswer.BlockProof.ID).writeBool(true);
        BlockId.write(out, CHAIN.block(0).id());
        BlockId.write(out, CHAIN.block(8).id());
        byte[] answer = out.writeVector(List.<BlockLink>of(CHAIN.forward(0, 5), CHAIN.back(7, 2)), BlockLink::write)
                .seal()
                .toByteArray();
        for (int i = random.nextInt(6); i >= 0; i--) {
            answer[random.nextInt(answer.length)] = (byte) random.nextInt();
        }
        LiteFuzz.readAnswers(Bytes.wrapUnshared(answer));
    }

    @Property(tries = 20)
    void links_survive_writing_and_reading(@ForAll @IntRange(min = 1, max = 8) int to) throws Exception {
        for (BlockLink link : List.of(CHAIN.forward((to - 1) / 5 * 5, to), CHAIN.back(8, to - 1))) {
            TlWriter out = new TlWriter();
            BlockLink.write(out, link);
            assertThat(TlReader.readWhole(out.seal(), BlockLink::read)).isEqualTo(link);
        }
    }

    @Property(tries = 300)
    void proofs_with_changed_bytes_prove_nothing(@ForAll long seed) throws Exception {
        Random random = new Random(seed);
        List<Bytes> bags = List.of(
                CHAIN.configProof(5),
                CHAIN.configProof(0),
                TestChain.headerProof(CHAIN.block(7).root()),
                CHAIN.back(7, 3).stateProof(),
                CHAIN.accountAnswer(8, TestChain.ACTIVE).proof(),
                CHAIN.accountAnswer(8, TestChain.ACTIVE).shardProof(),
                BagOfCells.write(TestChain.account(TestChain.ACTIVE, 5)),
                BagOfCells.write(CHAIN.transactions.get(3)),
                BagOfCells.write(CHAIN.validatorCell(1)));
        byte[] bag = bags.get(random.nextInt(bags.size())).toByteArray();
        for (int i = random.nextInt(4); i > 0; i--) {
            bag[random.nextInt(bag.length)] = (byte) random.nextInt();
        }
        LiteFuzz.checkProofs(Bytes.wrapUnshared(bag));
    }

    @Property(tries = 200)
    void a_pruned_dictionary_gives_the_truth_or_says_that_it_does_not_know(
            @ForAll long seed, @ForAll @IntRange(min = 1, max = 30) int entries) throws CellException {
        Random random = new Random(seed);
        SortedMap<Bytes, Cell> values = new TreeMap<>();
        for (int i = 0; i < entries; i++) {
            values.put(
                    TestChain.number(random.nextInt(64) * 0x0101_0101),
                    new io.cocoon.ton.cell.CellBuilder().storeUint(i, 32).build());
        }
        Cell whole = TestTrees.dictionary(values, 32, Cell.EMPTY);
        Set<Int256> keep = new HashSet<>();
        keepSome(whole, random, keep);
        Cell pruned = TestTrees.prune(whole, keep);
        for (int i = 0; i < 64; i++) {
            Bytes key = TestChain.number(i * 0x0101_0101);
            Cell right = values.get(key);
            try {
                var found = Dictionary.lookup(pruned, key, 32);
                assertThat(found.isPresent()).isEqualTo(right != null);
                if (right != null) {
                    CellSlice value = found.get();
                    assertThat(value.loadUint(32)).isEqualTo(right.beginParse().loadUint(32));
                }
            } catch (io.cocoon.ton.cell.PrunedCellException e) {
                assertThat(keep).isNotEqualTo(Set.of());
            }
            assertThat(Dictionary.lookup(whole, key, 32).isPresent()).isEqualTo(right != null);
        }
    }

    private static void keepSome(Cell cell, Random random, Set<Int256> keep) {
        keep.add(cell.hash());
        for (Cell ref : cell.refs()) {
            if (random.nextInt(4) != 0) {
                keepSome(ref, random, keep);
            }
        }
    }

    @Property(tries = 200)
    void a_shuffle_is_one_for_all_and_leaves_nobody_out(
            @ForAll int catchain, @ForAll @IntRange(min = 1, max = 500) int count) {
        ValidatorShuffle one = new ValidatorShuffle(-1, BlockId.WHOLE_SHARD, catchain);
        ValidatorShuffle other = new ValidatorShuffle(-1, BlockId.WHOLE_SHARD, catchain);
        for (int i = 1; i <= count; i++) {
            assertThat(one.next(i)).isBetween(0L, i - 1L).isEqualTo(other.next(i));
        }
    }
}
