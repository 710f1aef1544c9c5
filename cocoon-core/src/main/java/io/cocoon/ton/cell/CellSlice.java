package io.cocoon.ton.cell;

import io.cocoon.payment.Nanoton;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import java.math.BigInteger;

/**
 * Reads a cell from the front. Not thread-safe.
 *
 * <p>Every method throws {@link CellException} when bits or references are missing or not what the type allows.
 */
public final class CellSlice {

    private static final int STANDARD_ADDRESS = 0b10;

    private final Cell cell;
    private int bit;
    private int ref;

    CellSlice(Cell cell) {
        this.cell = cell;
    }

    CellSlice copy() {
        CellSlice copy = new CellSlice(cell);
        copy.bit = bit;
        copy.ref = ref;
        return copy;
    }

    /** Returns how many bits are left. */
    public int remainingBits() {
        return cell.bits() - bit;
    }

    /** Returns how many references are left. */
    public int remainingRefs() {
        return cell.refCount() - ref;
    }

    /** Reads one bit. */
    public boolean loadBit() throws CellException {
        return loadUint(1) != 0;
    }

    /** Reads an unsigned number of 0 to 64 bits; one of 64 bits may look negative. */
    public long loadUint(int count) throws CellException {
        need(count);
        return takeUint(count);
    }

    /** Reads a signed number of 1 to 64 bits. */
    public long loadInt(int count) throws CellException {
        int unused = Long.SIZE - count;
        return loadUint(count) << unused >> unused;
    }

    long takeUint(int count) {
        byte[] data = cell.data();
        long value = 0;
        for (int left = count; left > 0; ) {
            int room = 8 - (bit & 7);
            int take = Math.min(room, left);
            int chunk = (data[bit >> 3] & 0xff) >>> (room - take) & ((1 << take) - 1);
            value = value << take | chunk;
            bit += take;
            left -= take;
        }
        return value;
    }

    Cell takeRef() {
        return cell.ref(ref++);
    }

    /** Reads whole bytes. */
    public Bytes loadBytes(int count) throws CellException {
        need(8 * count);
        byte[] result = new byte[count];
        for (int i = 0; i < count; i++) {
            result[i] = (byte) takeUint(8);
        }
        return Bytes.wrapUnshared(result);
    }

    /** Reads 256 bits. */
    public Int256 loadInt256() throws CellException {
        return Int256.of(loadBytes(Int256.BYTES).toByteArray());
    }

    /** Reads a {@code VarUInteger 16}; a leading zero byte is refused. */
    public BigInteger loadBigCoins() throws CellException {
        int length = (int) loadUint(4);
        byte[] value = loadBytes(length).toByteArray();
        if (length > 0 && value[0] == 0) {
            throw new CellException("coins begin with a zero byte, so they are not in their shortest form");
        }
        return new BigInteger(1, value);
    }

    /** Reads coins that fit 63 bits. */
    public Nanoton loadCoins() throws CellException {
        BigInteger value = loadBigCoins();
        if (value.bitLength() >= Long.SIZE) {
            throw new CellException("an amount has at most 63 bits here, this one has " + value.bitLength());
        }
        return new Nanoton(value.longValue());
    }

    /** Reads an address in its standard form without anycast. */
    public Address loadAddress() throws CellException {
        long tag = loadUint(2);
        if (tag != STANDARD_ADDRESS) {
            throw new CellException("expected an address of kind 2 (standard), got kind " + tag);
        }
        if (loadBit()) {
            throw new CellException("an address with anycast is not used here");
        }
        return new Address((int) loadInt(8), loadInt256());
    }

    /** Reads a reference. */
    public Cell loadRef() throws CellException {
        if (remainingRefs() == 0) {
            throw new CellException("wanted another reference of a cell that has " + cell.refCount());
        }
        return takeRef();
    }

    /** Requires that nothing is left. @param what for the message */
    public void end(String what) throws CellException {
        if (remainingBits() != 0 || remainingRefs() != 0) {
            throw new CellException(what + " has " + remainingBits() + " bits and " + remainingRefs()
                    + " references more than its fields");
        }
    }

    private void need(int count) throws CellException {
        if (count > remainingBits()) {
            throw new CellException("wanted " + count + " bits, " + remainingBits() + " are left of " + cell.bits());
        }
    }
}
