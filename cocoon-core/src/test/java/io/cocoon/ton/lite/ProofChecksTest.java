package io.cocoon.ton.lite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.BagOfCells;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellBuilder;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.cell.TestTrees;
import io.cocoon.ton.chain.Head;
import io.cocoon.ton.chain.TransactionId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * One lie for each check. A lie is a proof that is right in everything but one thing, so that taking its check away makes its
 * test fail; the honest proof passes beside it.
 */
class ProofChecksTest {

    private static final Instant BEGIN = Instant.parse("2026-07-01T00:00:00Z");

    private final TestChain classic = new TestChain(1, 17, false, true, BEGIN);
    private final TestChain simplex = new TestChain(2, 17, true, true, BEGIN);
    private final ChainProof noForks = new ChainProof(List.of());

    /** A lie and the check that has to find it. */
    private record Lie(String name, ProofCheck check, ThrowingCallable told) {}

    private static Stream<DynamicTest> refused(List<Lie> lies) {
        return lies.stream()
                .map(lie -> DynamicTest.dynamicTest(lie.name(), () -> {
                    ProofException refusal = catchThrowableOfType(ProofException.class, lie.told());
                    assertThat(refusal).as("nobody noticed").isNotNull();
                    assertThat(refusal.check()).as(refusal.getMessage()).isEqualTo(lie.check());
                }));
    }

    // ---- Steps through the masterchain ----

    @TestFactory
    Stream<DynamicTest> should_take_honest_steps() {
        record Step(int from, int to) {}
        List<DynamicTest> tests = new ArrayList<>();
        for (TestChain chain : List.of(classic, simplex)) {
            for (Step step :
                    List.of(new Step(0, 5), new Step(0, 3), new Step(5, 7), new Step(10, 15), new Step(15, 16))) {
                tests.add(DynamicTest.dynamicTest(
                        "simplex " + chain.simplex + ", forward " + step,
                        () -> assertThat(noForks.check(chain.forward(step.from(), step.to()))
                                        .id())
                                .isEqualTo(chain.block(step.to()).id())));
            }
            tests.add(DynamicTest.dynamicTest(
                    "simplex " + chain.simplex + ", back",
                    () -> assertThat(noForks.check(chain.back(12, 10)).keyBlock())
                            .isTrue()));
        }
        return tests.stream();
    }

    /** Changes parts of an honest step forward. */
    private static final class Changed {
        boolean toKeyBlock;
        BlockId from;
        BlockId to;
        Bytes destination;
        Bytes config;
        SignatureSet signatures;

        Changed(BlockLink.Forward right) {
            toKeyBlock = right.toKeyBlock();
            from = right.from();
            to = right.to();
            destination = right.destinationProof();
            config = right.configProof();
            signatures = right.signatures();
        }

        BlockLink link() {
            return new BlockLink.Forward(toKeyBlock, from, to, destination, config, signatures);
        }
    }

    private Lie forward(TestChain chain, String name, ProofCheck check, int from, int to, Consumer<Changed> change) {
        return new Lie((chain.simplex ? "simplex: " : "classic: ") + name, check, () -> {
            Changed changed = new Changed(chain.forward(from, to));
            change.accept(changed);
            noForks.check(changed.link());
        });
    }

    private static BlockId with(BlockId id, int workchain, long shard, int seqno) {
        return new BlockId(workchain, shard, seqno, id.rootHash(), id.fileHash());
    }

    @TestFactory
    Stream<DynamicTest> should_refuse_lies_about_a_step_forward() throws CellException {
        List<Lie> lies = new ArrayList<>();
        for (TestChain c : List.of(classic, simplex)) {
            lies.add(forward(
                    c,
                    "the destination in a shard",
                    ProofCheck.MASTERCHAIN,
                    5,
                    7,
                    l -> l.to = with(l.to, 0, BlockId.WHOLE_SHARD, 7)));
            lies.add(forward(
                    c,
                    "the source in a shard",
                    ProofCheck.MASTERCHAIN,
                    5,
                    7,
                    l -> l.from = with(l.from, 0, BlockId.WHOLE_SHARD, 5)));
            lies.add(forward(
                    c,
                    "half the masterchain",
                    ProofCheck.MASTERCHAIN,
                    5,
                    7,
                    l -> l.to = with(l.to, -1, 0x4000_0000_0000_0000L, 7)));
            lies.add(forward(
                    c, "noise for a proof", ProofCheck.MALFORMED, 5, 7, l -> l.destination = Bytes.utf8("noise")));
            lies.add(forward(
                    c,
                    "the block itself for a proof",
                    ProofCheck.PROOF_SHAPE,
                    5,
                    7,
                    l -> l.destination = BagOfCells.write(TestTrees.prune(
                            c.block(7).root(), TestChain.header(c.block(7).root())))));
            lies.add(forward(
                    c,
                    "another block's header",
                    ProofCheck.BLOCK_HASH,
                    5,
                    7,
                    l -> l.destination = TestChain.headerProof(c.block(8).root())));
            lies.add(forward(
                    c,
                    "another number",
                    ProofCheck.BLOCK_ID,
                    5,
                    7,
                    l -> l.to = with(l.to, -1, BlockId.WHOLE_SHARD, 8)));
            lies.add(forward(c, "a block of a shard", ProofCheck.BLOCK_ID, 5, 7, l -> {
                TestChain.Block shard = c.shards.get(7).get(0);
                l.to = BlockId.masterchain(7, shard.id().rootHash(), shard.id().fileHash());
                l.destination = TestChain.headerProof(shard.root());
            }));
            lies.add(forward(c, "a key block that is none", ProofCheck.KEY_BLOCK, 5, 7, l -> l.toKeyBlock = true));
            lies.add(forward(c, "no key block that is one", ProofCheck.KEY_BLOCK, 5, 10, l -> l.toKeyBlock = false));
            lies.add(forward(
                    c,
                    "the header left out",
                    ProofCheck.PRUNED_AWAY,
                    5,
                    7,
                    l -> l.destination = BagOfCells.write(TestTrees.proof(
                            c.block(7).root(), Set.of(c.block(7).root().hash())))));
            lies.add(forward(c, "from a block that is no key block", ProofCheck.KEY_BLOCK, 5, 7, l -> {
                l.from = c.block(6).id();
                l.config = TestChain.headerProof(c.block(6).root());
            }));
            lies.add(forward(c, "forward to an earlier block", ProofCheck.LINK, 5, 7, l -> {
                l.from = c.block(10).id();
                l.config = config(c, 10);
            }));
            lies.add(forward(c, "forward to itself", ProofCheck.LINK, 5, 10, l -> {
                l.from = c.block(10).id();
                l.config = config(c, 10);
            }));
            lies.add(forward(
                    c, "another block's configuration", ProofCheck.BLOCK_HASH, 5, 7, l -> l.config = config(c, 10)));
            lies.add(forward(
                    c, "another zero state's configuration", ProofCheck.STATE, 0, 3, l -> l.config = config(c, 10)));
            lies.add(forward(c, "validators of another key block", ProofCheck.VALIDATOR_SET, 5, 7, l -> {
                l.from = c.block(0).id();
                l.config = config(c, 0);
            }));
            lies.add(forward(
                    c,
                    "signatures of another list",
                    ProofCheck.VALIDATOR_SET,
                    5,
                    7,
                    l -> l.signatures =
                            relabel(l.signatures, l.signatures.validatorSetHash() + 1, l.signatures.catchainSeqno())));
            lies.add(forward(
                    c,
                    "signatures of another catchain",
                    ProofCheck.VALIDATOR_SET,
                    5,
                    7,
                    l -> l.signatures =
                            relabel(l.signatures, l.signatures.validatorSetHash(), l.signatures.catchainSeqno() + 1)));
            lies.add(forward(
                    c,
                    "an unknown signer",
                    ProofCheck.SIGNER,
                    5,
                    7,
                    l -> l.signatures = signed(
                            l.signatures,
                            list -> list.set(
                                    0,
                                    new SignatureSet.Signature(
                                            TestChain.hash("01"), list.get(0).signature())))));
            lies.add(forward(
                    c,
                    "a signer twice",
                    ProofCheck.SIGNER_TWICE,
                    5,
                    7,
                    l -> l.signatures = signed(l.signatures, list -> list.set(0, list.get(1)))));
            lies.add(forward(
                    c,
                    "a wrong signature",
                    ProofCheck.SIGNATURE,
                    5,
                    7,
                    l -> l.signatures = signed(
                            l.signatures,
                            list -> list.set(
                                    2,
                                    new SignatureSet.Signature(
                                            list.get(2).signer(),
                                            flip(list.get(2).signature()))))));
            lies.add(forward(
                    c,
                    "another file",
                    c.simplex ? ProofCheck.CANDIDATE : ProofCheck.SIGNATURE,
                    5,
                    7,
                    l -> l.to = BlockId.masterchain(7, l.to.rootHash(), TestChain.hash("0f"))));
            lies.add(forward(
                    c,
                    "signatures of another block",
                    c.simplex ? ProofCheck.CANDIDATE : ProofCheck.SIGNATURE,
                    5,
                    7,
                    l -> l.signatures = c.sign(c.block(8).id(), c.validators(8), List.of(0, 1, 2, 3, 4))));
            lies.add(forward(
                    c,
                    "exactly two thirds",
                    ProofCheck.WEIGHT,
                    5,
                    7,
                    l -> l.signatures = c.sign(l.to, c.validators(7), weighing(c.validators(7), 50))));
            lies.add(forward(
                    c, "no signature", ProofCheck.WEIGHT, 5, 7, l -> l.signatures = signed(l.signatures, List::clear)));
            for (int parameter : new int[] {28, 34}) {
                lies.add(forward(
                        c,
                        "parameter " + parameter + " left out",
                        ProofCheck.PRUNED_AWAY,
                        5,
                        7,
                        l -> l.config = configWithout(c, 5, parameter)));
            }
            lies.add(forward(
                    c,
                    "temporary validators left out",
                    ProofCheck.PRUNED_AWAY,
                    10,
                    12,
                    l -> l.config = configWithout(c, 10, 35)));
        }
        lies.add(forward(
                simplex,
                "a candidate with something after it",
                ProofCheck.CANDIDATE,
                5,
                7,
                l -> l.signatures = candidate(l.signatures, bytes -> bytes.concat(Bytes.fromHex("00000000")))));
        lies.add(forward(
                simplex,
                "no candidate",
                ProofCheck.CANDIDATE,
                5,
                7,
                l -> l.signatures = candidate(
                        l.signatures, bytes -> Bytes.fromHex("00000000").concat(bytes.sliceFrom(4)))));
        lies.add(forward(
                simplex,
                "a candidate with a parent that is none",
                ProofCheck.CANDIDATE,
                5,
                7,
                l -> l.signatures = candidate(l.signatures, bytes -> {
                    byte[] copy = bytes.toByteArray();
                    copy[4 + 80 + 32] ^= 1;
                    return Bytes.wrapUnshared(copy);
                })));
        lies.add(forward(
                simplex,
                "the other kind of candidate",
                ProofCheck.SIGNATURE,
                5,
                7,
                l -> l.signatures = candidate(l.signatures, bytes -> TestChain.candidate(l.to, true))));
        lies.add(forward(simplex, "another session", ProofCheck.SIGNATURE, 5, 7, l -> {
            var right = (SignatureSet.Simplex) l.signatures;
            l.signatures = new SignatureSet.Simplex(
                    right.catchainSeqno(),
                    right.validatorSetHash(),
                    right.signatures(),
                    TestChain.hash("5d"),
                    right.slot(),
                    right.candidate());
        }));
        lies.add(forward(simplex, "another slot", ProofCheck.SIGNATURE, 5, 7, l -> {
            var right = (SignatureSet.Simplex) l.signatures;
            l.signatures = new SignatureSet.Simplex(
                    right.catchainSeqno(),
                    right.validatorSetHash(),
                    right.signatures(),
                    right.session(),
                    right.slot() + 1,
                    right.candidate());
        }));
        return refused(lies);
    }

    private static Bytes config(TestChain chain, int seqno) {
        try {
            return chain.configProof(seqno);
        } catch (CellException e) {
            throw new AssertionError(e);
        }
    }

    /** Returns the proof of a configuration that leaves out the way to one parameter, and says nothing about it. */
    private static Bytes configWithout(TestChain chain, int seqno, int parameter) {
        try {
            Cell proof = BagOfCells.read(config(chain, seqno));
            Cell dictionary = proof.ref(0).ref(3).ref(3).ref(2);
            Set<Int256> way = new HashSet<>();
            TestTrees.keepPath(chain.block(seqno).root().ref(3).ref(3).ref(2), TestChain.number(parameter), 32, way);
            Set<Int256> others = new HashSet<>();
            // Where there is no 35, it is 34's leaf that says so.
            for (int other : parameter == 34 ? new int[] {28} : new int[] {28, 34, 35}) {
                if (other != parameter) {
                    TestTrees.keepPath(
                            chain.block(seqno).root().ref(3).ref(3).ref(2), TestChain.number(other), 32, others);
                }
            }
            way.removeAll(others);
            assertThat(way).isNotEmpty();
            Set<Int256> keep = new HashSet<>();
            collect(chain.block(seqno).root(), proof.ref(0), keep);
            keep.removeAll(way);
            assertThat(dictionary.bits()).isPositive();
            return BagOfCells.write(TestTrees.proof(chain.block(seqno).root(), keep));
        } catch (CellException e) {
            throw new AssertionError(e);
        }
    }

    /** Adds the hashes of those cells of a tree that are there in a pruned copy of it. */
    private static void collect(Cell whole, Cell pruned, Set<Int256> keep) {
        if (pruned.type() == io.cocoon.ton.cell.CellType.PRUNED_BRANCH) {
            return;
        }
        keep.add(whole.hash());
        for (int i = 0; i < whole.refCount(); i++) {
            collect(whole.ref(i), pruned.ref(i), keep);
        }
    }

    private static SignatureSet relabel(SignatureSet set, int hash, int catchain) {
        return set instanceof SignatureSet.Simplex simplex
                ? new SignatureSet.Simplex(
                        catchain, hash, simplex.signatures(), simplex.session(), simplex.slot(), simplex.candidate())
                : new SignatureSet.Classic(hash, catchain, set.signatures());
    }

    private static SignatureSet signed(SignatureSet set, Consumer<List<SignatureSet.Signature>> change) {
        List<SignatureSet.Signature> list = new ArrayList<>(set.signatures());
        change.accept(list);
        return set instanceof SignatureSet.Simplex simplex
                ? new SignatureSet.Simplex(
                        simplex.catchainSeqno(),
                        simplex.validatorSetHash(),
                        list,
                        simplex.session(),
                        simplex.slot(),
                        simplex.candidate())
                : new SignatureSet.Classic(set.validatorSetHash(), set.catchainSeqno(), list);
    }

    private static SignatureSet candidate(SignatureSet set, UnaryOperator<Bytes> change) {
        var right = (SignatureSet.Simplex) set;
        return new SignatureSet.Simplex(
                right.catchainSeqno(),
                right.validatorSetHash(),
                right.signatures(),
                right.session(),
                right.slot(),
                change.apply(right.candidate()));
    }

    private static Bytes flip(Bytes bytes) {
        byte[] copy = bytes.toByteArray();
        copy[5] ^= 4;
        return Bytes.wrapUnshared(copy);
    }

    /** Returns places of validators whose weights add up to this. */
    private static List<Integer> weighing(ValidatorSet set, long weight) {
        for (int mask = 0; mask < 1 << set.validators().size(); mask++) {
            List<Integer> places = new ArrayList<>();
            long sum = 0;
            for (int i = 0; i < set.validators().size(); i++) {
                if ((mask >> i & 1) != 0) {
                    places.add(i);
                    sum += set.validators().get(i).weight();
                }
            }
            if (sum == weight) {
                return places;
            }
        }
        throw new AssertionError("no validators weigh " + weight);
    }

    @Test
    void should_take_one_more_than_two_thirds() throws Exception {
        assertThat(classic.validators(7).totalWeight()).isEqualTo(75);
        for (TestChain chain : List.of(classic, simplex)) {
            Changed changed = new Changed(chain.forward(5, 7));
            changed.signatures = chain.sign(changed.to, chain.validators(7), weighing(chain.validators(7), 51));
            assertThat(noForks.check(changed.link()).id().seqno()).isEqualTo(7);
        }
    }

    @TestFactory
    Stream<DynamicTest> should_count_hard_forks() {
        TestChain forked = new TestChain(3, 7, true, true, BEGIN, 1);
        List<BlockId> fork = List.of(BlockId.masterchain(4, TestChain.hash("01"), TestChain.hash("02")));
        List<BlockId> later = List.of(BlockId.masterchain(8, TestChain.hash("01"), TestChain.hash("02")));
        return Stream.concat(
                Stream.of(
                        DynamicTest.dynamicTest("as listed", () -> new ChainProof(fork).check(forked.forward(5, 7))),
                        DynamicTest.dynamicTest("later", () -> new ChainProof(later).check(classic.forward(5, 7)))),
                refused(List.of(
                        new Lie("not listed", ProofCheck.HARD_FORK, () -> noForks.check(forked.forward(5, 7))),
                        new Lie(
                                "missing",
                                ProofCheck.HARD_FORK,
                                () -> new ChainProof(fork).check(classic.forward(5, 7))))));
    }

    @TestFactory
    Stream<DynamicTest> should_refuse_lies_about_a_step_back() throws CellException {
        TestChain c = classic;
        BlockLink.Back right = c.back(12, 10);
        BlockLink.Back older = c.back(11, 10);
        return refused(List.of(
                back(
                        "back to a later block",
                        ProofCheck.LINK,
                        new BlockLink.Back(
                                true,
                                c.block(7).id(),
                                right.to(),
                                right.destinationProof(),
                                TestChain.headerProof(c.block(7).root()),
                                right.stateProof())),
                back(
                        "another source",
                        ProofCheck.BLOCK_HASH,
                        new BlockLink.Back(
                                true,
                                right.from(),
                                right.to(),
                                right.destinationProof(),
                                older.proof(),
                                right.stateProof())),
                back(
                        "another state",
                        ProofCheck.STATE,
                        new BlockLink.Back(
                                true,
                                right.from(),
                                right.to(),
                                right.destinationProof(),
                                right.proof(),
                                older.stateProof())),
                back(
                        "the change of the state left out",
                        ProofCheck.PRUNED_AWAY,
                        new BlockLink.Back(
                                true,
                                right.from(),
                                right.to(),
                                right.destinationProof(),
                                without(
                                        c.block(12).root(),
                                        right.proof(),
                                        cell -> cell.type() == io.cocoon.ton.cell.CellType.MERKLE_UPDATE),
                                right.stateProof())),
                back(
                        "another file",
                        ProofCheck.OLD_BLOCK,
                        new BlockLink.Back(
                                true,
                                right.from(),
                                BlockId.masterchain(10, right.to().rootHash(), TestChain.hash("0f")),
                                right.destinationProof(),
                                right.proof(),
                                right.stateProof())),
                back(
                        "another destination",
                        ProofCheck.BLOCK_HASH,
                        new BlockLink.Back(
                                true,
                                right.from(),
                                right.to(),
                                c.back(12, 5).destinationProof(),
                                right.proof(),
                                right.stateProof())),
                back(
                        "the old block left out",
                        ProofCheck.PRUNED_AWAY,
                        new BlockLink.Back(
                                true,
                                right.from(),
                                right.to(),
                                right.destinationProof(),
                                right.proof(),
                                c.back(12, 2).stateProof())),
                back(
                        "the end of the state left out",
                        ProofCheck.PRUNED_AWAY,
                        new BlockLink.Back(
                                true,
                                right.from(),
                                right.to(),
                                right.destinationProof(),
                                right.proof(),
                                without(
                                        c.block(12).state(),
                                        right.stateProof(),
                                        cell -> cell.equals(c.block(12).state().ref(3)))))));
    }

    private Lie back(String name, ProofCheck check, BlockLink link) {
        return new Lie(name, check, () -> noForks.check(link));
    }

    /** Returns a proof that leaves out more cells. */
    private static Bytes without(Cell whole, Bytes proof, Predicate<Cell> gone) throws CellException {
        Set<Int256> keep = new HashSet<>();
        collect(whole, BagOfCells.read(proof).ref(0), keep);
        Set<Int256> out = new HashSet<>();
        find(whole, gone, out);
        assertThat(out).isNotEmpty();
        keep.removeAll(out);
        return BagOfCells.write(TestTrees.proof(whole, keep));
    }

    private static void find(Cell cell, Predicate<Cell> wanted, Set<Int256> found) {
        if (wanted.test(cell)) {
            found.add(cell.hash());
        }
        cell.refs().forEach(ref -> find(ref, wanted, found));
    }

    // ---- Accounts ----

    @TestFactory
    Stream<DynamicTest> should_refuse_lies_about_an_account() throws CellException {
        TestChain c = classic;
        BlockId at = c.block(13).id();
        Address who = TestChain.ACTIVE;
        LiteAnswer.Account right = c.accountAnswer(13, who);
        LiteAnswer.Account old = c.accountAnswer(12, who);
        LiteAnswer.Account absent = c.accountAnswer(13, TestChain.ABSENT);
        LiteAnswer.Account other = c.accountAnswer(13, TestChain.PLAIN);
        LiteAnswer.Account config = c.accountAnswer(13, TestChain.CONFIG);
        LiteAnswer.Account oldConfig = c.accountAnswer(12, TestChain.CONFIG);
        TestChain.Block shard = c.shards.get(13).get(0);
        Cell prunedCode = TestTrees.prune(
                TestChain.account(who, 13), Set.of(TestChain.account(who, 13).hash()));
        List<Lie> lies = List.of(
                account("of an older block", ProofCheck.ASKED_BLOCK, old, at, who),
                account(
                        "of a workchain that is not there",
                        ProofCheck.SHARD_BLOCK,
                        right,
                        at,
                        new Address(5, who.hash())),
                account("from another shard", ProofCheck.SHARD_BLOCK, other, at, who),
                account(
                        "from an older block of the shard",
                        ProofCheck.SHARD_BLOCK,
                        new LiteAnswer.Account(at, old.shardBlock(), right.shardProof(), old.proof(), old.state()),
                        at,
                        who),
                account(
                        "from a block of that shard that nobody knows",
                        ProofCheck.SHARD_BLOCK,
                        new LiteAnswer.Account(
                                at,
                                new BlockId(
                                        0, shard.id().shard(), 13, shard.id().rootHash(), TestChain.hash("0f")),
                                right.shardProof(),
                                right.proof(),
                                right.state()),
                        at,
                        who),
                account(
                        "from what an older block of the masterchain knew",
                        ProofCheck.BLOCK_HASH,
                        new LiteAnswer.Account(at, old.shardBlock(), old.shardProof(), old.proof(), old.state()),
                        at,
                        who),
                account(
                        "with an older state of the masterchain",
                        ProofCheck.STATE,
                        new LiteAnswer.Account(
                                at,
                                old.shardBlock(),
                                mixed(right.shardProof(), old.shardProof()),
                                old.proof(),
                                old.state()),
                        at,
                        who),
                account(
                        "with one proof of two",
                        ProofCheck.PROOF_SHAPE,
                        new LiteAnswer.Account(
                                at, right.shardBlock(), right.shardProof(), first(right.proof()), right.state()),
                        at,
                        who),
                account(
                        "with one shard proof of two",
                        ProofCheck.PROOF_SHAPE,
                        new LiteAnswer.Account(
                                at, right.shardBlock(), first(right.shardProof()), right.proof(), right.state()),
                        at,
                        who),
                account(
                        "with the header of an older block",
                        ProofCheck.BLOCK_HASH,
                        new LiteAnswer.Account(at, right.shardBlock(), right.shardProof(), old.proof(), old.state()),
                        at,
                        who),
                account(
                        "with an older state of the shard",
                        ProofCheck.STATE,
                        new LiteAnswer.Account(
                                at,
                                right.shardBlock(),
                                right.shardProof(),
                                mixed(right.proof(), old.proof()),
                                old.state()),
                        at,
                        who),
                account(
                        "with an older state of its own",
                        ProofCheck.ACCOUNT,
                        new LiteAnswer.Account(at, right.shardBlock(), right.shardProof(), right.proof(), old.state()),
                        at,
                        who),
                account(
                        "with its code left out",
                        ProofCheck.ACCOUNT,
                        new LiteAnswer.Account(
                                at,
                                right.shardBlock(),
                                right.shardProof(),
                                right.proof(),
                                BagOfCells.write(prunedCode)),
                        at,
                        who),
                account(
                        "said not to be there",
                        ProofCheck.ACCOUNT,
                        new LiteAnswer.Account(
                                at, right.shardBlock(), right.shardProof(), right.proof(), Bytes.empty()),
                        at,
                        who),
                account(
                        "said to be there",
                        ProofCheck.ACCOUNT,
                        new LiteAnswer.Account(
                                at, absent.shardBlock(), absent.shardProof(), absent.proof(), right.state()),
                        at,
                        TestChain.ABSENT),
                account(
                        "left out of the proof",
                        ProofCheck.PRUNED_AWAY,
                        new LiteAnswer.Account(
                                at,
                                absent.shardBlock(),
                                absent.shardProof(),
                                TestChain.stateProof(shard, new Address(0, TestChain.hash("7f"))),
                                Bytes.empty()),
                        at,
                        who),
                account(
                        "of the masterchain from an older block",
                        ProofCheck.SHARD_BLOCK,
                        new LiteAnswer.Account(
                                at,
                                oldConfig.shardBlock(),
                                oldConfig.shardProof(),
                                oldConfig.proof(),
                                oldConfig.state()),
                        at,
                        TestChain.CONFIG),
                account(
                        "of the masterchain with an older state",
                        ProofCheck.ACCOUNT,
                        new LiteAnswer.Account(at, at, Bytes.empty(), config.proof(), oldConfig.state()),
                        at,
                        TestChain.CONFIG),
                new Lie(
                        "another account's cell",
                        ProofCheck.ACCOUNT_ADDRESS,
                        () -> AccountProof.read(
                                new AccountProof.Proven(
                                        Optional.of(TestChain.account(TestChain.CONFIG, 1)), TransactionId.NONE),
                                who,
                                new Head(1, BEGIN))));
        return Stream.concat(
                refused(lies),
                Stream.of(
                        DynamicTest.dynamicTest(
                                "honest",
                                () -> assertThat(AccountProof.check(right, at, who)
                                                .state())
                                        .contains(TestChain.account(who, 13))),
                        DynamicTest.dynamicTest(
                                "honest, absent",
                                () -> assertThat(AccountProof.check(absent, at, TestChain.ABSENT)
                                                .state())
                                        .isEmpty()),
                        DynamicTest.dynamicTest(
                                "honest, of the masterchain",
                                () -> assertThat(AccountProof.check(config, at, TestChain.CONFIG)
                                                .state())
                                        .isPresent())));
    }

    private static Lie account(String name, ProofCheck check, LiteAnswer.Account answer, BlockId at, Address who) {
        return new Lie(name, check, () -> AccountProof.check(answer, at, who));
    }

    private static Bytes first(Bytes bag) throws CellException {
        return BagOfCells.write(BagOfCells.readRoots(bag, Proofs.LIMITS, 2).get(0));
    }

    /** The first proof of one, the second of the other. */
    private static Bytes mixed(Bytes header, Bytes state) throws CellException {
        return BagOfCells.write(List.of(
                BagOfCells.readRoots(header, Proofs.LIMITS, 2).get(0),
                BagOfCells.readRoots(state, Proofs.LIMITS, 2).get(1)));
    }

    // ---- Transactions ----

    @TestFactory
    Stream<DynamicTest> should_refuse_lies_about_transactions() {
        TestChain c = classic;
        TransactionId newest = c.transactionId(20);
        TransactionId after = c.transactionId(10);
        Cell third = c.transactions.get(18);
        Cell backwards =
                TestChain.transaction(TestChain.ACTIVE, 2000, new TransactionId(2000, TestChain.hash("01")), 1);
        return refused(List.of(
                history("another one first", ProofCheck.TRANSACTION, after, newest, list -> list.remove(0)),
                history("one left out", ProofCheck.TRANSACTION, after, newest, list -> list.remove(2)),
                history(
                        "two in the wrong order",
                        ProofCheck.TRANSACTION,
                        after,
                        newest,
                        list -> list.set(1, list.set(2, list.get(1)))),
                history(
                        "one with something left out",
                        ProofCheck.TRANSACTION,
                        after,
                        newest,
                        list -> list.set(2, TestTrees.prune(third, Set.of(third.hash())))),
                history(
                        "one that nobody made",
                        ProofCheck.TRANSACTION,
                        after,
                        newest,
                        list -> list.set(
                                0, TestChain.transaction(TestChain.ACTIVE, newest.lt(), c.transactionId(19), 99))),
                history(
                        "another logical time than the state says",
                        ProofCheck.TRANSACTION,
                        after,
                        new TransactionId(newest.lt() + 1, newest.hash()),
                        list -> {}),
                history(
                        "a last known one that never was",
                        ProofCheck.TRANSACTION_GAP,
                        new TransactionId(after.lt(), TestChain.hash("01")),
                        newest,
                        list -> {}),
                history(
                        "passing by the last known one",
                        ProofCheck.TRANSACTION_GAP,
                        new TransactionId(after.lt() + 5, after.hash()),
                        newest,
                        list -> {}),
                history(
                        "one that comes before itself",
                        ProofCheck.TRANSACTION,
                        after,
                        TestChain.idOf(backwards),
                        list -> {
                            list.clear();
                            list.add(backwards);
                        }),
                new Lie(
                        "another account's",
                        ProofCheck.TRANSACTION,
                        () -> new History(TestChain.PLAIN, after, newest, 9)
                                .take(c.transactionsAnswer(newest.hash(), 16))),
                new Lie(
                        "noise",
                        ProofCheck.MALFORMED,
                        () -> new History(TestChain.ACTIVE, after, newest, 9)
                                .take(new LiteAnswer.Transactions(List.of(), Bytes.utf8("noise"))))));
    }

    private Lie history(
            String name, ProofCheck check, TransactionId after, TransactionId upTo, Consumer<List<Cell>> change) {
        return new Lie(name, check, () -> {
            List<Cell> cells = new ArrayList<>();
            for (int i = 20; i > 8; i--) {
                cells.add(classic.transactions.get(i));
            }
            change.accept(cells);
            new History(TestChain.ACTIVE, after, upTo, 100)
                    .take(new LiteAnswer.Transactions(List.of(), BagOfCells.write(cells)));
        });
    }

    // ---- Lists of validators ----

    @TestFactory
    Stream<DynamicTest> should_refuse_lists_of_validators_that_make_no_sense() {
        return refused(List.of(
                validators("no main ones", 2, 0, List.of(0, 1), 5),
                validators("more main ones than all", 2, 3, List.of(0, 1), 5),
                validators("fewer than stated", 3, 1, List.of(0, 1), 5),
                validators("more than stated", 1, 1, List.of(0, 1), 5),
                validators("a gap in the numbers", 2, 1, List.of(0, 2), 5),
                validators("one without weight", 2, 1, List.of(0, 1), 0),
                validators("one with a weight that looks negative", 2, 1, List.of(0, 1), Long.MIN_VALUE),
                validators("weights that overflow", 2, 1, List.of(0, 1), 1L << 61)));
    }

    private static Lie validators(String name, int total, int main, List<Integer> numbers, long weight) {
        return new Lie(name, ProofCheck.VALIDATORS, () -> {
            var list = new java.util.TreeMap<Bytes, Cell>();
            for (int number : numbers) {
                list.put(
                        Bytes.wrapUnshared(new byte[] {0, (byte) number}),
                        new CellBuilder()
                                .storeUint(0x53, 8)
                                .storeUint(0x8e81278aL, 32)
                                .storeInt256(TestChain.hash("0" + number))
                                .storeUint(weight, 64)
                                .build());
            }
            Cell cell = new CellBuilder()
                    .storeUint(0x11, 8)
                    .storeUint(0, 64)
                    .storeUint(total, 16)
                    .storeUint(main, 16)
                    .storeSlice(TestTrees.dictionary(list, 16, Cell.EMPTY).beginParseRaw())
                    .build();
            ValidatorSet.ofMasterchain(cell, null, 1);
        });
    }

    @Test
    void should_sign_the_bytes_that_the_dossier_says() throws Exception {
        BlockId block = BlockId.masterchain(7, TestChain.hash("0a"), TestChain.hash("0b"));
        Bytes candidate = TestChain.candidate(block, false);
        String candidateHash =
                Int256.of(AdnlKeys.sha256().digest(candidate.toByteArray())).toHex();

        assertThat(Signatures.signedBytes(new SignatureSet.Classic(1, 2, List.of()), block)
                        .toHex())
                .isEqualTo("706e0bc5" + "0a".repeat(32) + "0b".repeat(32));
        assertThat(Signatures.signedBytes(
                                new SignatureSet.Simplex(2, 1, List.of(), TestChain.hash("5e"), 9, candidate), block)
                        .toHex())
                .isEqualTo("f83de3a8" + "5e".repeat(32) + "2c" + "05e1a740" + "3fcd91b6" + "09000000" + candidateHash
                        + "000000");
    }
}
