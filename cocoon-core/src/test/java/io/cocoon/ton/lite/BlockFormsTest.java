package io.cocoon.ton.lite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.cocoon.payment.Nanoton;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellBuilder;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.cell.TestTrees;
import io.cocoon.ton.chain.AccountState;
import io.cocoon.ton.chain.Head;
import io.cocoon.ton.chain.TransactionId;
import java.time.Instant;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Blocks and states whose hash is right and whose form is not, one field at a time. */
class BlockFormsTest {

    private static final Cell LEAF = new CellBuilder().storeUint(7, 8).build();

    private long blockTag = 0x11ef55aaL;
    private long infoTag = 0x9bc7a987L;
    private boolean notMaster;
    private int workchain = -1;
    private int prefixBits;
    private long prefix;
    private long shardTag;
    private Cell update = TestTrees.update(LEAF, LEAF);
    private Cell extra = LEAF;

    private Cell block() {
        Cell info = new CellBuilder()
                .storeUint(infoTag, 32)
                .storeUint(0, 32)
                .storeBit(notMaster)
                .storeUint(0, 5)
                .storeBit(true)
                .storeUint(0, 9)
                .storeUint(7, 32)
                .storeUint(0, 32)
                .storeUint(shardTag, 2)
                .storeUint(prefixBits, 6)
                .storeInt(workchain, 32)
                .storeUint(prefix, 64)
                .storeUint(1000, 32)
                .storeUint(0, 64)
                .storeUint(0, 64)
                .storeUint(5, 32)
                .storeUint(6, 32)
                .storeUint(0, 64)
                .build();
        return new CellBuilder()
                .storeUint(blockTag, 32)
                .storeUint(0, 32)
                .storeRef(info)
                .storeRef(LEAF)
                .storeRef(update)
                .storeRef(extra)
                .build();
    }

    private BlockHeader header() throws ProofException, CellException {
        Cell block = block();
        return BlockHeader.check(block, BlockId.masterchain(7, block.hash(), Int256.ZERO));
    }

    private ProofCheck refused() {
        ProofException refusal = catchThrowableOfType(ProofException.class, this::header);
        assertThat(refusal).isNotNull();
        return refusal.check();
    }

    @Test
    void should_read_a_right_header() throws Exception {
        BlockHeader header = header();

        assertThat(header.keyBlock()).isTrue();
        assertThat(header.time()).isEqualTo(Instant.ofEpochSecond(1000));
        assertThat(header.validatorSetHash()).isEqualTo(5);
        assertThat(header.catchainSeqno()).isEqualTo(6);
        assertThat(header.stateHash()).contains(LEAF.hash());
    }

    @Test
    void should_refuse_another_workchain_another_shard_or_a_block_that_is_not_of_the_masterchain() {
        workchain = 0;
        assertThat(refused()).isEqualTo(ProofCheck.BLOCK_ID);
        workchain = -1;
        prefixBits = 1;
        assertThat(refused()).isEqualTo(ProofCheck.BLOCK_ID);
        prefixBits = 0;
        notMaster = true;
        assertThat(refused()).isEqualTo(ProofCheck.BLOCK_ID);
    }

    @Test
    void should_refuse_wrong_tags_of_blocks() {
        blockTag++;
        assertThatThrownBy(this::header).isInstanceOf(CellException.class).hasMessageContaining("a block begins with");
        blockTag--;
        infoTag++;
        assertThatThrownBy(this::header).isInstanceOf(CellException.class).hasMessageContaining("a header begins with");
    }

    @Test
    void should_refuse_a_change_of_the_state_that_is_none() {
        update = new CellBuilder()
                .storeUint(4, 8)
                .storeInt256(Int256.ZERO)
                .storeInt256(Int256.ZERO)
                .build();

        assertThatThrownBy(this::header).isInstanceOf(CellException.class).hasMessageContaining("change the state");
    }

    @ParameterizedTest
    @CsvSource({"1,0,0", "0,61,0", "0,0,1", "0,2,0x2000000000000000"})
    void should_refuse_shards_that_cannot_be(long tag, int bits, String pattern) {
        shardTag = tag;
        prefixBits = bits;
        prefix = Long.decode(pattern);

        assertThatThrownBy(this::header).isInstanceOf(CellException.class).hasMessageContaining("a shard with tag");
    }

    @ParameterizedTest
    @CsvSource({"true,0xcca5,true", "false,0xcca5,true", "true,0xcca6,true", "true,0xcca5,false"})
    void should_refuse_key_blocks_without_a_configuration(boolean masterchain, String tag, boolean keyBlock)
            throws Exception {
        CellBuilder master = new CellBuilder()
                .storeUint(Long.decode(tag), 16)
                .storeBit(keyBlock)
                .storeUint(0, 2)
                .storeUint(0, 10)
                .storeRef(LEAF)
                .storeInt256(Int256.ZERO)
                .storeRef(LEAF);
        CellBuilder content = new CellBuilder()
                .storeUint(0x4a33f6fdL, 32)
                .storeRef(LEAF)
                .storeRef(LEAF)
                .storeRef(LEAF)
                .storeInt256(Int256.ZERO)
                .storeInt256(Int256.ZERO)
                .storeBit(masterchain)
                .storeRef(master.build());
        extra = content.build();

        if (masterchain && keyBlock && tag.equals("0xcca5")) {
            assertThat(NetworkConfig.ofKeyBlock(header()).root()).isEqualTo(LEAF);
        } else {
            assertThatThrownBy(() -> NetworkConfig.ofKeyBlock(header()))
                    .isInstanceOf(CellException.class)
                    .hasMessageContaining("a key block");
        }
    }

    @Test
    void should_refuse_states_of_the_masterchain_that_are_none() throws Exception {
        Cell wrong = new CellBuilder()
                .storeUint(0xcc27, 16)
                .storeBit(false)
                .storeInt256(Int256.ZERO)
                .storeRef(LEAF)
                .storeRef(LEAF)
                .build();

        assertThatThrownBy(() -> new ShardState(LEAF, Optional.of(wrong)).requireMasterchain())
                .isInstanceOf(CellException.class)
                .hasMessageContaining("begins with cc27");
        assertThatThrownBy(() -> new ShardState(LEAF, Optional.empty()).requireMasterchain())
                .isInstanceOf(CellException.class)
                .hasMessageContaining("nothing of the masterchain");
    }

    private static Cell workchain(Cell tree) {
        SortedMap<Bytes, Cell> workchains = new TreeMap<>();
        workchains.put(TestChain.number(0), new CellBuilder().storeRef(tree).build());
        return TestTrees.dictionary(workchains, 32, Cell.EMPTY);
    }

    private static Cell shardLeaf(int tag) {
        return new CellBuilder()
                .storeBit(false)
                .storeUint(tag, 4)
                .storeUint(9, 32)
                .storeUint(0, 32)
                .storeUint(0, 64)
                .storeUint(0, 64)
                .storeInt256(TestChain.hash("01"))
                .storeInt256(TestChain.hash("02"))
                .build();
    }

    @Test
    void should_find_the_shard_of_an_account_and_refuse_what_is_no_shard() throws Exception {
        Cell right = new CellBuilder()
                .storeBit(true)
                .storeRef(LEAF)
                .storeRef(new CellBuilder()
                        .storeBit(true)
                        .storeRef(shardLeaf(0xb))
                        .storeRef(LEAF)
                        .build())
                .build();
        Address account = new Address(0, TestChain.hash("81"));

        assertThat(AccountProof.newestBlock(workchain(right), account))
                .contains(new BlockId(0, 0xa000_0000_0000_0000L, 9, TestChain.hash("01"), TestChain.hash("02")));
        assertThat(AccountProof.newestBlock(workchain(right), new Address(5, account.hash())))
                .isEmpty();
        assertThatThrownBy(() -> AccountProof.newestBlock(workchain(shardLeaf(0xc)), account))
                .isInstanceOf(CellException.class)
                .hasMessageContaining("begins with c");
    }

    @Test
    void should_refuse_a_tree_of_shards_that_is_deeper_than_shards_can_be() {
        Cell tree = shardLeaf(0xa);
        for (int i = 0; i < 300; i++) {
            tree = new CellBuilder()
                    .storeBit(true)
                    .storeRef(tree)
                    .storeRef(tree)
                    .build();
        }
        Cell deep = workchain(tree);

        assertThatThrownBy(() -> AccountProof.newestBlock(deep, new Address(0, TestChain.hash("81"))))
                .isInstanceOf(CellException.class)
                .hasMessageContaining("more than 63 deep");
    }

    @ParameterizedTest
    @CsvSource({"0,true", "1,true", "2,false"})
    void should_read_accounts_with_and_without_the_hash_of_their_storage(int kind, boolean right) throws Exception {
        Address address = new Address(0, TestChain.hash("81"));
        CellBuilder account = new CellBuilder()
                .storeBit(true)
                .storeAddress(address)
                .storeUint(1, 3)
                .storeUint(3, 8)
                .storeUint(1, 3)
                .storeUint(200, 8)
                .storeUint(kind, 3);
        if (kind == 1) {
            account.storeInt256(TestChain.hash("03"));
        }
        account.storeUint(1, 32)
                .storeBit(false)
                .storeUint(9, 64)
                .storeCoins(new Nanoton(5))
                .storeBit(false)
                .storeUint(1, 2)
                .storeInt256(TestChain.hash("04"));
        AccountProof.Proven proven = new AccountProof.Proven(Optional.of(account.build()), TransactionId.NONE);
        Head at = new Head(1, Instant.EPOCH);

        if (right) {
            AccountState state = AccountProof.read(proven, address, at);
            assertThat(state.status()).isEqualTo(AccountState.Status.FROZEN);
            assertThat(state.balance()).isEqualTo(new Nanoton(5));
        } else {
            assertThatThrownBy(() -> AccountProof.read(proven, address, at)).isInstanceOf(ProofException.class);
        }
    }
}
