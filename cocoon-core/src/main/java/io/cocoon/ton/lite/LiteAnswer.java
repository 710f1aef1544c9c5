package io.cocoon.ton.lite;

import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlException;
import io.cocoon.tl.TlReader;
import java.util.List;

/** What liteservers answer. Nothing in here is proven yet. */
final class LiteAnswer {

    /** {@code liteServer.sendMsgStatus status:int}. */
    static final int SEND_STATUS = 0x3950e597;

    private LiteAnswer() {}

    /**
     * The newest block that a server knows.
     *
     * @param last it
     * @param zeroState root hash of the zero state of the server's network
     */
    record MasterchainInfo(BlockId last, Int256 zeroState) {

        static final int ID = 0x85832881;

        static MasterchainInfo read(TlReader in) throws TlException {
            BlockId last = BlockId.read(in);
            in.readInt256(); // hash of the state, which nothing needs
            in.readInt(); // workchain of the zero state
            Int256 zeroState = in.readInt256();
            in.readInt256(); // file hash of the zero state
            return new MasterchainInfo(last, zeroState);
        }
    }

    /** The proof of a header. */
    record Header(BlockId id, Bytes proof) {

        static final int ID = 0x752d8219;

        static Header read(TlReader in) throws TlException {
            BlockId id = BlockId.read(in);
            in.readFlags();
            return new Header(id, in.readBytes());
        }
    }

    /** A part of the way from a block to another, or all of it. */
    record BlockProof(boolean complete, BlockId from, BlockId to, List<BlockLink> steps) {

        static final int ID = 0x8ed0d2c1;

        static BlockProof read(TlReader in) throws TlException {
            return new BlockProof(in.readBool(), BlockId.read(in), BlockId.read(in), in.readVector(BlockLink::read));
        }
    }

    /**
     * An account.
     *
     * @param at the block of the masterchain
     * @param shardBlock the block of the account's shard that the masterchain knew then
     * @param shardProof proof of that
     * @param proof of the account's entry in the shard's state
     * @param state the account's cell; empty if there is none
     */
    record Account(BlockId at, BlockId shardBlock, Bytes shardProof, Bytes proof, Bytes state) {

        static final int ID = 0x7079c751;

        static Account read(TlReader in) throws TlException {
            return new Account(BlockId.read(in), BlockId.read(in), in.readBytes(), in.readBytes(), in.readBytes());
        }
    }

    /**
     * Transactions, the newest first.
     *
     * @param blocks in which block each of them is
     * @param transactions a bag with one root for each
     */
    record Transactions(List<BlockId> blocks, Bytes transactions) {

        static final int ID = 0x6f26c60b;

        static Transactions read(TlReader in) throws TlException {
            return new Transactions(in.readVector(BlockId::read), in.readBytes());
        }
    }
}
