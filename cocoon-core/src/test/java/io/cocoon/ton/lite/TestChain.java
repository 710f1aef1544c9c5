package io.cocoon.ton.lite;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.payment.Nanoton;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.BagOfCells;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellBuilder;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.cell.CellSlice;
import io.cocoon.ton.cell.TestTrees;
import io.cocoon.ton.chain.TransactionId;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A whole chain that we made ourselves: validators with keys, blocks of the masterchain and of two shards, states, accounts,
 * transactions. It has number 0 (the zero state) to {@link #last}; key blocks are every fifth.
 */
final class TestChain {

    static final int KEY_EVERY = 5;
    static final Address ACTIVE = new Address(0, hash("11"));
    static final Address PLAIN = new Address(0, hash("aa"));
    static final Address ABSENT = new Address(0, hash("12"));
    static final Address CONFIG = new Address(-1, hash("55"));
    static final int TRANSACTIONS = 60;

    /** One block. */
    record Block(BlockId id, Cell root, Cell state) {}

    final boolean simplex;
    final boolean shuffle;
    final Instant begin;
    final List<Block> blocks = new ArrayList<>();
    final List<List<Block>> shards = new ArrayList<>();
    final List<Cell> transactions = new ArrayList<>();
    final List<Ed25519Key> keys = new ArrayList<>();
    private final Random random;
    private final int verticalSeqno;

    TestChain(long seed, int last, boolean simplex, boolean shuffle, Instant begin) {
        this(seed, last, simplex, shuffle, begin, 0);
    }

    TestChain(long seed, int last, boolean simplex, boolean shuffle, Instant begin, int verticalSeqno) {
        this.random = new Random(seed);
        this.simplex = simplex;
        this.shuffle = shuffle;
        this.begin = begin;
        this.verticalSeqno = verticalSeqno;
        for (int i = 0; i < 24; i++) {
            keys.add(Ed25519Key.fromSeed(randomHash()));
        }
        makeTransactions();
        for (int seqno = 0; seqno <= last; seqno++) {
            grow();
        }
    }

    static Int256 hash(String pair) {
        return Int256.fromHex(pair.repeat(32));
    }

    int last() {
        return blocks.size() - 1;
    }

    Block block(int seqno) {
        return blocks.get(seqno);
    }

    static boolean isKey(int seqno) {
        return seqno % KEY_EVERY == 0;
    }

    /** The network as its configuration file says it. */
    GlobalConfig config(int initBlock, List<BlockId> hardForks) {
        return new GlobalConfig(
                List.of(), blocks.get(0).id(), blocks.get(initBlock).id(), hardForks);
    }

    // ---- Making it ----

    /** Adds one block. */
    void grow() {
        int seqno = blocks.size();
        List<Block> shardBlocks =
                List.of(shard(seqno, 0x4000_0000_0000_0000L, ACTIVE), shard(seqno, 0xc000_0000_0000_0000L, PLAIN));
        shards.add(shardBlocks);
        Cell config = config(seqno);
        SortedMap<Bytes, Cell> accounts = new TreeMap<>();
        accounts.put(CONFIG.hash().toBytes(), entry(account(CONFIG, seqno), transactions.get(0)));
        Cell state = state(seqno, new ShardId(-1, BlockId.WHOLE_SHARD), accounts)
                .storeBit(true)
                .storeRef(masterchainExtra(shardBlocks, config))
                .build();
        if (seqno == 0) {
            blocks.add(new Block(BlockId.masterchain(0, state.hash(), randomHash()), state, state));
            return;
        }
        Cell root = blockRoot(seqno, new ShardId(-1, BlockId.WHOLE_SHARD), state, Optional.of(config));
        blocks.add(new Block(BlockId.masterchain(seqno, root.hash(), randomHash()), root, state));
    }

    private Block shard(int seqno, long prefix, Address address) {
        SortedMap<Bytes, Cell> accounts = new TreeMap<>();
        Cell newest = transactions.get(lastTransaction(seqno));
        accounts.put(address.hash().toBytes(), entry(account(address, seqno), newest));
        byte[] other = address.hash().toByteArray();
        for (int i = 0; i < 6; i++) {
            other[31] = (byte) i;
            Address neighbour = new Address(0, Int256.of(other));
            accounts.put(neighbour.hash().toBytes(), entry(account(neighbour, seqno), newest));
        }
        ShardId shard = new ShardId(0, prefix);
        Cell state = state(seqno, shard, accounts).storeBit(false).build();
        Cell root = blockRoot(seqno, shard, state, Optional.empty());
        return new Block(new BlockId(0, prefix, seqno, root.hash(), randomHash()), root, state);
    }

    /** Which transaction is the active account's newest at a block. */
    static int lastTransaction(int seqno) {
        return Math.min(seqno + 40, TRANSACTIONS - 1);
    }

    private Cell blockRoot(int seqno, ShardId shard, Cell state, Optional<Cell> config) {
        boolean master = config.isPresent();
        ValidatorSet signers = validators(seqno);
        CellBuilder info = new CellBuilder()
                .storeUint(0x9bc7a987L, 32)
                .storeUint(0, 32)
                .storeBit(!master)
                .storeUint(0, 5)
                .storeBit(master && isKey(seqno))
                .storeUint(0, 9)
                .storeUint(seqno, 32)
                .storeUint(verticalSeqno, 32);
        storeShard(info, shard);
        info.storeUint(begin.getEpochSecond() + seqno, 32)
                .storeUint(0, 64)
                .storeUint(0, 64)
                .storeUint(Integer.toUnsignedLong(signers.shortHash()), 32)
                .storeUint(signers.catchainSeqno(), 32)
                .storeUint(0, 64)
                .storeRef(filler());
        CellBuilder extra = new CellBuilder()
                .storeUint(0x4a33f6fdL, 32)
                .storeRef(filler())
                .storeRef(filler())
                .storeRef(filler())
                .storeInt256(randomHash())
                .storeInt256(randomHash())
                .storeBit(master);
        if (master) {
            CellBuilder masterExtra = new CellBuilder()
                    .storeUint(0xcca5, 16)
                    .storeBit(isKey(seqno))
                    .storeBit(true)
                    .storeRef(filler())
                    .storeBit(false);
            for (int i = 0; i < 2; i++) {
                masterExtra.storeCoins(new Nanoton(5)).storeBit(false);
            }
            masterExtra.storeRef(filler());
            if (isKey(seqno)) {
                masterExtra.storeInt256(CONFIG.hash()).storeRef(config.get());
            }
            extra.storeRef(masterExtra.build());
        }
        return new CellBuilder()
                .storeUint(0x11ef55aaL, 32)
                .storeUint(7, 32)
                .storeRef(info.build())
                .storeRef(filler())
                .storeRef(TestTrees.update(filler(), state))
                .storeRef(extra.build())
                .build();
    }

    private static void storeShard(CellBuilder out, ShardId shard) {
        int bits = 63 - Long.numberOfTrailingZeros(shard.prefix());
        out.storeUint(0, 2).storeUint(bits, 6).storeInt(shard.workchain(), 32);
        out.storeUint(shard.prefix() & (shard.prefix() - 1), 64);
    }

    private CellBuilder state(int seqno, ShardId shard, SortedMap<Bytes, Cell> accounts) {
        CellBuilder state = new CellBuilder().storeUint(0x9023afe2L, 32).storeUint(7, 32);
        storeShard(state, shard);
        return state.storeUint(seqno, 32)
                .storeUint(verticalSeqno, 32)
                .storeUint(begin.getEpochSecond() + seqno, 32)
                .storeUint(0, 64)
                .storeUint(0, 32)
                .storeRef(filler())
                .storeBit(false)
                .storeRef(new CellBuilder()
                        .storeBit(true)
                        .storeRef(TestTrees.dictionary(accounts, 256, depthAndBalance()))
                        .storeSlice(depthAndBalance().beginParseRaw())
                        .build())
                .storeRef(filler());
    }

    private static Cell depthAndBalance() {
        return new CellBuilder()
                .storeUint(0, 5)
                .storeCoins(new Nanoton(77))
                .storeBit(false)
                .build();
    }

    private static Cell entry(Cell account, Cell lastTransaction) {
        TransactionId last = idOf(lastTransaction);
        return new CellBuilder()
                .storeSlice(depthAndBalance().beginParseRaw())
                .storeRef(account)
                .storeInt256(last.hash())
                .storeUint(last.lt(), 64)
                .build();
    }

    static Cell account(Address address, int balance) {
        boolean active = !address.equals(PLAIN);
        CellBuilder account = new CellBuilder()
                .storeBit(true)
                .storeAddress(address)
                .storeUint(1, 3)
                .storeUint(3, 8)
                .storeUint(1, 3)
                .storeUint(200, 8)
                .storeUint(0, 3)
                .storeUint(1, 32)
                .storeBit(false)
                .storeUint(9, 64)
                .storeCoins(new Nanoton(balance))
                .storeBit(false)
                .storeBit(active);
        if (active) {
            account.storeUint(0b00110, 5)
                    .storeRef(new CellBuilder().storeUint(0xc0de, 16).build())
                    .storeRef(new CellBuilder().storeUint(0xda7a, 16).build());
        } else {
            account.storeBit(false);
        }
        return account.build();
    }

    private Cell masterchainExtra(List<Block> shardBlocks, Cell config) {
        SortedMap<Bytes, Cell> workchains = new TreeMap<>();
        Cell tree = new CellBuilder()
                .storeBit(true)
                .storeRef(shardLeaf(shardBlocks.get(0)))
                .storeRef(shardLeaf(shardBlocks.get(1)))
                .build();
        workchains.put(number(0), new CellBuilder().storeRef(tree).build());
        CellBuilder more = new CellBuilder()
                .storeUint(0, 16)
                .storeUint(0, 32)
                .storeUint(0, 32)
                .storeBit(false);
        Cell sum = new CellBuilder().storeBit(false).storeUint(0, 64).build();
        more.storeBit(!blocks.isEmpty());
        if (!blocks.isEmpty()) {
            SortedMap<Bytes, Cell> old = new TreeMap<>();
            for (Block block : blocks) {
                old.put(
                        number(block.id().seqno()),
                        new CellBuilder()
                                .storeSlice(sum.beginParseRaw())
                                .storeBit(isKey(block.id().seqno()))
                                .storeUint(5, 64)
                                .storeUint(block.id().seqno(), 32)
                                .storeInt256(block.id().rootHash())
                                .storeInt256(block.id().fileHash())
                                .build());
            }
            more.storeRef(TestTrees.dictionary(old, 32, sum));
        }
        return new CellBuilder()
                .storeUint(0xcc26, 16)
                .storeBit(true)
                .storeRef(TestTrees.dictionary(workchains, 32, Cell.EMPTY))
                .storeInt256(CONFIG.hash())
                .storeRef(config)
                .storeRef(more.storeSlice(sum.beginParseRaw()).build())
                .storeCoins(new Nanoton(1))
                .storeBit(false)
                .build();
    }

    private static Cell shardLeaf(Block block) {
        return new CellBuilder()
                .storeBit(false)
                .storeUint(0xa, 4)
                .storeUint(block.id().seqno(), 32)
                .storeUint(0, 32)
                .storeUint(0, 64)
                .storeUint(0, 64)
                .storeInt256(block.id().rootHash())
                .storeInt256(block.id().fileHash())
                .storeUint(0, 64)
                .build();
    }

    static Bytes number(int value) {
        return Bytes.wrapUnshared(ByteBuffer.allocate(4).putInt(value).array());
    }

    // ---- Validators ----

    /** Every key block names other validators; those of every third are temporary ones. */
    private Cell config(int seqno) {
        int era = seqno / KEY_EVERY;
        SortedMap<Bytes, Cell> parameters = new TreeMap<>();
        parameters.put(number(0), new CellBuilder().storeRef(filler()).build());
        parameters.put(number(28), new CellBuilder().storeRef(catchain()).build());
        parameters.put(
                number(34), new CellBuilder().storeRef(validatorCell(era)).build());
        if (era % 3 == 2) {
            parameters.put(
                    number(35),
                    new CellBuilder().storeRef(validatorCell(era + 1)).build());
        }
        parameters.put(number(36), new CellBuilder().storeRef(filler()).build());
        return TestTrees.dictionary(parameters, 32, Cell.EMPTY);
    }

    private Cell catchain() {
        return new CellBuilder()
                .storeUint(0xc2, 8)
                .storeUint(0, 7)
                .storeBit(shuffle)
                .storeUint(0, 64)
                .storeUint(0, 64)
                .build();
    }

    Cell validatorCell(int era) {
        SortedMap<Bytes, Cell> list = new TreeMap<>();
        for (int i = 0; i < 8; i++) {
            Ed25519Key key = keys.get((era * 3 + i) % keys.size());
            list.put(
                    Bytes.wrapUnshared(new byte[] {0, (byte) i}),
                    new CellBuilder()
                            .storeUint(0x73, 8)
                            .storeUint(0x8e81278aL, 32)
                            .storeInt256(key.publicKey())
                            .storeUint(weight(i), 64)
                            .storeInt256(hash("0" + i))
                            .build());
        }
        return new CellBuilder()
                .storeUint(0x12, 8)
                .storeUint(0, 64)
                .storeUint(8, 16)
                .storeUint(6, 16)
                .storeUint(100, 64)
                .storeBit(true)
                .storeRef(TestTrees.dictionary(list, 16, Cell.EMPTY))
                .build();
    }

    private static long weight(int index) {
        return 10 + index;
    }

    /** Returns who signs a block, by the rules that the client has to know. */
    ValidatorSet validators(int seqno) {
        int era = Math.max(0, seqno - 1) / KEY_EVERY;
        try {
            return ValidatorSet.ofMasterchain(validatorCell(era % 3 == 2 ? era + 1 : era), catchain(), 100 + era);
        } catch (CellException | ProofException e) {
            throw new AssertionError(e);
        }
    }

    /** Returns the signatures of these validators, by their place. */
    SignatureSet sign(BlockId block, ValidatorSet validators, List<Integer> signers) {
        Bytes candidate = candidate(block, block.seqno() % 2 == 0);
        Int256 session = hash("5e");
        int hash = validators.shortHash();
        int catchain = validators.catchainSeqno();
        SignatureSet unsigned = simplex
                ? new SignatureSet.Simplex(catchain, hash, List.of(), session, block.seqno(), candidate)
                : new SignatureSet.Classic(hash, catchain, List.of());
        Bytes message;
        try {
            message = Signatures.signedBytes(unsigned, block);
        } catch (ProofException e) {
            throw new AssertionError(e);
        }
        List<SignatureSet.Signature> signatures = new ArrayList<>();
        for (int place : signers) {
            Int256 key = validators.validators().get(place).key();
            Ed25519Key signer = keys.stream()
                    .filter(one -> one.publicKey().equals(key))
                    .findFirst()
                    .orElseThrow();
            signatures.add(new SignatureSet.Signature(AdnlKeys.shortId(key), signer.sign(message)));
        }
        return simplex
                ? new SignatureSet.Simplex(catchain, hash, signatures, session, block.seqno(), candidate)
                : new SignatureSet.Classic(hash, catchain, signatures);
    }

    static Bytes candidate(BlockId block, boolean empty) {
        var out = new io.cocoon.tl.TlWriter().writeInt(empty ? 0x72b4d933 : 0xe8f9bcdc);
        BlockId.write(out, block);
        if (empty) {
            out.writeInt(3).writeInt256(hash("77"));
        } else {
            out.writeInt256(hash("66"))
                    .writeInt(0x1a4b9af1)
                    .writeInt(0xb691cd3f)
                    .writeInt(3)
                    .writeInt256(hash("77"));
        }
        return out.seal();
    }

    // ---- Transactions ----

    private void makeTransactions() {
        TransactionId previous = TransactionId.NONE;
        for (int i = 0; i < TRANSACTIONS; i++) {
            Cell cell = transaction(ACTIVE, 1000 + 10L * i, previous, i);
            transactions.add(cell);
            previous = idOf(cell);
        }
    }

    TransactionId transactionId(int index) {
        return idOf(transactions.get(index));
    }

    static TransactionId idOf(Cell transaction) {
        try {
            CellSlice in = transaction.beginParse();
            in.skip(4); // tag
            in.loadInt256(); // account
            return new TransactionId(in.loadUint(64), transaction.hash());
        } catch (CellException e) {
            throw new AssertionError(e);
        }
    }

    static Cell transaction(Address account, long lt, TransactionId previous, int number) {
        Cell in = new CellBuilder()
                .storeUint(0b0110, 4)
                .storeAddress(PLAIN)
                .storeAddress(account)
                .storeCoins(new Nanoton(1000 + number))
                .storeBit(false)
                .storeCoins(Nanoton.ZERO)
                .storeCoins(Nanoton.ZERO)
                .storeUint(lt, 64)
                .storeUint(1, 32)
                .storeBit(false)
                .storeBit(false)
                .storeUint(number, 32)
                .build();
        Cell out = new CellBuilder()
                .storeUint(0b11, 2)
                .storeAddress(account)
                .storeUint(0, 2)
                .storeUint(lt + 1, 64)
                .storeUint(1, 32)
                .storeBit(false)
                .storeBit(true)
                .storeRef(new CellBuilder().storeUint(0xb0d7, 16).build())
                .build();
        // A dictionary with keys of 15 bits and one entry, key 0.
        Cell outs = new CellBuilder()
                .storeUint(0b110, 3)
                .storeUint(15, 4)
                .storeRef(out)
                .build();
        Cell compute = new CellBuilder()
                .storeUint(1, 3)
                .storeUint(200, 8)
                .storeUint(1, 3)
                .storeUint(201, 8)
                .storeBit(false)
                .storeUint(0, 8)
                .storeInt(number % 3 == 0 ? 0 : 1007, 32)
                .storeBit(false)
                .storeUint(5, 32)
                .build();
        Cell description = new CellBuilder()
                .storeUint(0b0000, 4)
                .storeBit(true)
                .storeBit(true) // rent
                .storeCoins(new Nanoton(1))
                .storeBit(false)
                .storeBit(false)
                .storeBit(true) // credit
                .storeBit(false)
                .storeCoins(new Nanoton(2))
                .storeBit(false)
                .storeBit(true) // computed
                .storeUint(0b100, 3)
                .storeCoins(new Nanoton(3))
                .storeRef(compute)
                .storeBit(false) // no actions
                .storeBit(number % 3 != 0)
                .storeBit(false)
                .storeBit(false)
                .build();
        return new CellBuilder()
                .storeUint(0b0111, 4)
                .storeInt256(account.hash())
                .storeUint(lt, 64)
                .storeInt256(previous.hash())
                .storeUint(previous.lt(), 64)
                .storeUint(1_700_000_000L + number, 32)
                .storeUint(1, 15)
                .storeUint(0, 4)
                .storeRef(new CellBuilder()
                        .storeBit(true)
                        .storeRef(in)
                        .storeBit(true)
                        .storeRef(outs)
                        .build())
                .storeCoins(new Nanoton(33))
                .storeBit(false)
                .storeRef(new CellBuilder().storeUint(0x72, 8).build())
                .storeRef(description)
                .build();
    }

    Int256 randomHash() {
        byte[] bytes = new byte[32];
        random.nextBytes(bytes);
        return Int256.of(bytes);
    }

    private Cell filler() {
        return new CellBuilder()
                .storeInt256(randomHash())
                .storeRef(new CellBuilder().storeInt256(randomHash()).build())
                .build();
    }

    // ---- Proofs, as an honest server gives them ----

    static Bytes headerProof(Cell block) {
        return BagOfCells.write(TestTrees.proof(block, header(block)));
    }

    static Set<Int256> header(Cell block) {
        Set<Int256> keep = new HashSet<>();
        keep.add(block.hash());
        keep.add(block.ref(0).hash());
        keep.add(block.ref(2).hash());
        return keep;
    }

    Bytes configProof(int seqno) throws CellException {
        Block from = blocks.get(seqno);
        Set<Int256> keep = new HashSet<>();
        Cell config;
        if (seqno == 0) {
            keep.add(from.root().hash());
            Cell extra = from.root().ref(3);
            keep.add(extra.hash());
            config = extra.ref(1);
        } else {
            keep.addAll(header(from.root()));
            Cell extra = from.root().ref(3);
            Cell master = extra.ref(3);
            keep.add(extra.hash());
            keep.add(master.hash());
            config = master.ref(2);
        }
        for (int parameter : new int[] {28, 34, 35}) {
            TestTrees.keepPath(config, number(parameter), 32, keep);
        }
        TestTrees.keepAll(catchain(), keep);
        TestTrees.keepAll(validatorCell(seqno / KEY_EVERY), keep);
        TestTrees.keepAll(validatorCell(seqno / KEY_EVERY + 1), keep);
        return BagOfCells.write(TestTrees.proof(from.root(), keep));
    }

    BlockLink.Forward forward(int from, int to) throws CellException {
        ValidatorSet validators = validators(to);
        return new BlockLink.Forward(
                isKey(to),
                block(from).id(),
                block(to).id(),
                headerProof(block(to).root()),
                configProof(from),
                sign(block(to).id(), validators, List.of(0, 1, 2, 3, 4)));
    }

    BlockLink.Back back(int from, int to) throws CellException {
        Block source = block(from);
        Set<Int256> keep = new HashSet<>();
        Cell extra = source.state().ref(3);
        keep.add(source.state().hash());
        keep.add(extra.hash());
        Cell more = extra.ref(2);
        keep.add(more.hash());
        TestTrees.keepPath(more.ref(0), number(to), 32, keep);
        return new BlockLink.Back(
                isKey(to),
                source.id(),
                block(to).id(),
                headerProof(block(to).root()),
                headerProof(source.root()),
                BagOfCells.write(TestTrees.proof(source.state(), keep)));
    }

    /** Returns at most {@code most} steps from one block to another. */
    LiteAnswer.BlockProof proof(int from, int to, int most) throws CellException {
        List<BlockLink> steps = new ArrayList<>();
        int at = from;
        if (!isKey(at)) {
            int key = at / KEY_EVERY * KEY_EVERY;
            steps.add(back(at, key));
            at = key;
        }
        while (at < to && steps.size() < most) {
            int next = Math.min(to, at / KEY_EVERY * KEY_EVERY + KEY_EVERY);
            steps.add(forward(at, next));
            at = next;
        }
        return new LiteAnswer.BlockProof(at == to, block(from).id(), block(at).id(), steps);
    }

    LiteAnswer.Account accountAnswer(int seqno, Address address) throws CellException {
        Block master = block(seqno);
        if (address.workchain() == -1) {
            return new LiteAnswer.Account(
                    master.id(), master.id(), Bytes.empty(), stateProof(master, address), accountBag(address, seqno));
        }
        Block shard = shards.get(seqno).get(address.hash().toByteArray()[0] < 0 ? 1 : 0);
        Set<Int256> keep = new HashSet<>();
        Cell extra = master.state().ref(3);
        keep.add(master.state().hash());
        keep.add(extra.hash());
        TestTrees.keepAll(extra.ref(0), keep);
        Bytes shardProof = BagOfCells.write(
                List.of(TestTrees.proof(master.root(), header(master.root())), TestTrees.proof(master.state(), keep)));
        return new LiteAnswer.Account(
                master.id(), shard.id(), shardProof, stateProof(shard, address), accountBag(address, seqno));
    }

    private static Bytes accountBag(Address address, int seqno) {
        return address.equals(ABSENT) ? Bytes.empty() : BagOfCells.write(account(address, seqno));
    }

    static Bytes stateProof(Block block, Address address) throws CellException {
        Set<Int256> keep = new HashSet<>();
        Cell accounts = block.state().ref(1);
        keep.add(block.state().hash());
        keep.add(accounts.hash());
        TestTrees.keepPath(accounts.ref(0), address.hash().toBytes(), 256, keep);
        return BagOfCells.write(
                List.of(TestTrees.proof(block.root(), header(block.root())), TestTrees.proof(block.state(), keep)));
    }

    /** Returns transactions from one backwards. */
    LiteAnswer.Transactions transactionsAnswer(Int256 newest, int count) {
        int index = 0;
        while (index < transactions.size() && !transactions.get(index).hash().equals(newest)) {
            index++;
        }
        List<Cell> cells = new ArrayList<>();
        for (int i = index; i >= 0 && i < transactions.size() && cells.size() < count; i--) {
            cells.add(transactions.get(i));
        }
        return new LiteAnswer.Transactions(List.of(), cells.isEmpty() ? Bytes.empty() : BagOfCells.write(cells));
    }
}
