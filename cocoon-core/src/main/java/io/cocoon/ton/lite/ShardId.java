package io.cocoon.ton.lite;

import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.cell.CellSlice;

/**
 * A shard: {@code ShardIdent}.
 *
 * @param workchain of it
 * @param prefix of its accounts, ended by a 1 bit
 */
record ShardId(int workchain, long prefix) {

    private static final int MAX_BITS = 60;

    static ShardId load(CellSlice slice) throws CellException {
        long tag = slice.loadUint(2);
        int bits = (int) slice.loadUint(6);
        int workchain = (int) slice.loadUint(32);
        long prefix = slice.loadUint(64);
        long end = Long.MIN_VALUE >>> bits;
        if (tag != 0 || bits > MAX_BITS || (prefix & (end | (end - 1))) != 0) {
            throw new CellException("a shard with tag %d, %d bits of prefix %016x".formatted(tag, bits, prefix));
        }
        return new ShardId(workchain, prefix | end);
    }

    @Override
    public String toString() {
        return workchain + "," + Long.toHexString(prefix);
    }
}
