package io.cocoon.ton.lite;

import io.cocoon.tl.Int256;
import io.cocoon.tl.TlException;
import io.cocoon.tl.TlReader;
import io.cocoon.tl.TlWriter;

/**
 * Names one block: {@code tonNode.blockIdExt}.
 *
 * @param workchain -1 is the masterchain
 * @param shard prefix of the accounts in it, ended by a 1 bit
 * @param seqno its number in its shard, 0 or more
 * @param rootHash representation hash of its root cell
 * @param fileHash SHA-256 of its bytes
 */
record BlockId(int workchain, long shard, int seqno, Int256 rootHash, Int256 fileHash) {

    static final int MASTERCHAIN = -1;
    static final long WHOLE_SHARD = Long.MIN_VALUE;

    /** Returns a block of the masterchain. */
    static BlockId masterchain(int seqno, Int256 rootHash, Int256 fileHash) {
        return new BlockId(MASTERCHAIN, WHOLE_SHARD, seqno, rootHash, fileHash);
    }

    static BlockId read(TlReader in) throws TlException {
        int workchain = in.readInt();
        long shard = in.readLong();
        int seqno = in.readInt();
        if (seqno < 0) {
            throw new TlException("a block number of 2^31 or more", in.offset() - 4);
        }
        return new BlockId(workchain, shard, seqno, in.readInt256(), in.readInt256());
    }

    static void write(TlWriter out, BlockId id) {
        out.writeInt(id.workchain)
                .writeLong(id.shard)
                .writeInt(id.seqno)
                .writeInt256(id.rootHash)
                .writeInt256(id.fileHash);
    }

    boolean isMasterchain() {
        return workchain == MASTERCHAIN && shard == WHOLE_SHARD;
    }

    @Override
    public String toString() {
        return "(" + workchain + "," + Long.toHexString(shard) + "," + seqno + "):" + rootHash;
    }
}
