package io.cocoon.ton.lite;

import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.BagOfCells;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellBuilder;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.cell.CellSlice;
import io.cocoon.ton.cell.Dictionary;
import io.cocoon.ton.chain.AccountCodec;
import io.cocoon.ton.chain.AccountState;
import io.cocoon.ton.chain.Head;
import io.cocoon.ton.chain.TransactionId;
import java.util.List;
import java.util.Optional;

/** Checks that an account is in the state that a server says. Pure functions; payments dossier 11.2, "Account state". */
final class AccountProof {

    private static final int SHARD_DESCRIPTION = 0xb;
    private static final int SHARD_DESCRIPTION_NEW = 0xa;

    private static final Cell NO_ACCOUNT = new CellBuilder().storeBit(false).build();

    private AccountProof() {}

    /**
     * What is proven of an account.
     *
     * @param state its cell; empty if there is no account
     * @param last its newest transaction; {@link TransactionId#NONE} if there is no account
     */
    record Proven(Optional<Cell> state, TransactionId last) {}

    /**
     * Checks an answer.
     *
     * @param at the trusted block of the masterchain that was asked for
     * @throws ProofException if a check fails
     */
    static Proven check(LiteAnswer.Account answer, BlockId at, Address address) throws ProofException {
        if (!answer.at().equals(at)) {
            throw new ProofException(
                    ProofCheck.ASKED_BLOCK, "the answer is for block " + answer.at() + ", asked for was " + at);
        }
        BlockId shard = answer.shardBlock();
        try {
            if (address.workchain() != BlockId.MASTERCHAIN) {
                checkShard(answer.shardProof(), at, shard, address);
            } else if (!shard.equals(at)) {
                throw new ProofException(
                        ProofCheck.SHARD_BLOCK,
                        "an account of the masterchain at block " + at + " was answered from block " + shard);
            }
            List<Cell> roots = Proofs.read(answer.proof(), 2, "the proof of account " + address);
            ShardState state = state(roots, shard);
            return account(state, answer.state(), address);
        } catch (CellException e) {
            throw new ProofException(e);
        }
    }

    private static ShardState state(List<Cell> roots, BlockId block) throws ProofException, CellException {
        BlockHeader header = BlockHeader.check(roots.get(0), block);
        return ShardState.check(roots.get(1), header.requireStateHash(), block);
    }

    private static void checkShard(Bytes proof, BlockId at, BlockId shard, Address account)
            throws ProofException, CellException {
        List<Cell> roots = Proofs.read(proof, 2, "the proof of shard block " + shard);
        Optional<Cell> shards = state(roots, at).requireMasterchain().shards();
        Optional<BlockId> known = shards.isEmpty() ? Optional.empty() : newestBlock(shards.get(), account);
        if (!known.equals(Optional.of(shard))) {
            throw new ProofException(
                    ProofCheck.SHARD_BLOCK,
                    "at block " + at + " the newest block of the account's shard is "
                            + known.map(BlockId::toString).orElse("none") + ", not " + shard);
        }
    }

    /** Walks down the tree of shards of a workchain to the one of an account. */
    static Optional<BlockId> newestBlock(Cell workchains, Address account) throws CellException {
        Optional<CellSlice> found =
                Dictionary.lookup(workchains, Dictionary.key(Integer.toUnsignedLong(account.workchain()), 32), 32);
        if (found.isEmpty()) {
            return Optional.empty();
        }
        Bytes path = account.hash().toBytes();
        CellSlice node = found.get().loadRef().beginParse();
        long prefix = 0;
        int depth = 0;
        while (node.loadBit()) {
            if (depth == Long.SIZE - 1) {
                throw new CellException("a tree of shards is more than " + depth + " deep");
            }
            boolean right = (path.get(depth >> 3) & 0x80 >>> (depth & 7)) != 0;
            Cell left = node.loadRef();
            node = (right ? node.loadRef() : left).beginParse();
            prefix |= right ? Long.MIN_VALUE >>> depth : 0;
            depth++;
        }
        int tag = (int) node.loadUint(4);
        if (tag != SHARD_DESCRIPTION && tag != SHARD_DESCRIPTION_NEW) {
            throw new CellException("a description of a shard begins with %x".formatted(tag));
        }
        int seqno = (int) node.loadUint(32);
        node.loadUint(32); // when the masterchain saw it
        node.loadUint(64); // logical times
        node.loadUint(64);
        Int256 rootHash = node.loadInt256();
        long shard = prefix | Long.MIN_VALUE >>> depth;
        return Optional.of(new BlockId(account.workchain(), shard, seqno, rootHash, node.loadInt256()));
    }

    private static Proven account(ShardState state, Bytes bag, Address address) throws ProofException, CellException {
        Optional<Cell> given = bag.isEmpty() ? Optional.empty() : Optional.of(BagOfCells.read(bag, Proofs.LIMITS));
        Optional<CellSlice> entry = entry(state, address);
        if (entry.isEmpty()) {
            if (given.isPresent()) {
                throw new ProofException(
                        ProofCheck.ACCOUNT, "there is no account " + address + ", but its state was answered");
            }
            return new Proven(Optional.empty(), TransactionId.NONE);
        }
        CellSlice value = entry.get();
        value.loadUint(5); // sum: depth of splits
        value.loadBigCoins(); // sum: balance
        if (value.loadBit()) {
            value.loadRef();
        }
        Cell account = value.loadRef();
        Int256 lastHash = value.loadInt256();
        TransactionId last = new TransactionId(value.loadUint(64), lastHash);
        // With anything pruned away its hash would be another one.
        boolean same = given.isPresent() && given.get().hash().equals(account.hash(0));
        if (!same) {
            throw new ProofException(
                    ProofCheck.ACCOUNT,
                    "account " + address + " has state " + account.hash(0).toHex() + ", answered was "
                            + given.map(cell -> cell.hash().toHex()).orElse("none"));
        }
        return new Proven(given, last);
    }

    /** Reads a proven account. @throws ProofException if it is malformed, or another account's */
    static AccountState read(Proven proven, Address address, Head at) throws ProofException {
        try {
            Cell state = proven.state().orElse(NO_ACCOUNT);
            CellSlice whose = state.beginParse();
            Address own = whose.loadBit() ? whose.loadAddress() : address;
            if (!own.equals(address)) {
                throw new ProofException(
                        ProofCheck.ACCOUNT_ADDRESS, "the state of account " + address + " is of account " + own);
            }
            return AccountCodec.read(address, state, proven.last(), at);
        } catch (CellException e) {
            throw new ProofException(e);
        }
    }

    private static Optional<CellSlice> entry(ShardState state, Address address) throws CellException {
        CellSlice accounts = state.accounts().beginParse();
        return accounts.loadBit()
                ? Dictionary.lookup(accounts.loadRef(), address.hash().toBytes(), 256)
                : Optional.empty();
    }
}
