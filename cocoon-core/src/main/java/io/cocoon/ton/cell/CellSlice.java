package io.cocoon.ton.cell;

import io.cocoon.payment.Nanoton;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import java.math.BigInteger;
import java.util.Optional;

/**
 * Reads a cell from the front. Not thread-safe.
 *
 * <p>Every method throws {@link CellException} when bits or references are missing or not what the type allows.
 */
public final class CellSlice {

    private static final int NO_ADDRESS = 0b00;
    private static final int EXTERNAL_ADDRESS = 0b01;
    private static final int STANDARD_ADDRESS = 0b10;
    private static final BigInteger GREATEST = BigInteger.valueOf(Long.MAX_VALUE);

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

    /** Passes over bits. */
    public void skip(int count) throws CellException {
        need(count);
        bit += count;
    }

    /**
     * Reads a {@code VarUInteger n}: a length below {@code n}, then as many bytes. A leading zero byte is refused.
     *
     * @param n 2 to 32
     */
    public BigInteger loadVarUint(int n) throws CellException {
        int length = loadVarLength(n);
        byte[] value = loadBytes(length).toByteArray();
        if (length > 0 && value[0] == 0) {
            throw new CellException("a number begins with a zero byte, so it is not in its shortest form");
        }
        return new BigInteger(1, value);
    }

    /** Passes over a {@code VarUInteger n} that others may have written in any form. */
    public void skipVarUint(int n) throws CellException {
        skip(8 * loadVarLength(n));
    }

    private int loadVarLength(int n) throws CellException {
        int length = (int) loadUint(CellBuilder.lengthBits(n));
        if (length >= n) {
            throw new CellException("a VarUInteger " + n + " has at most " + (n - 1) + " bytes, this one " + length);
        }
        return length;
    }

    /** Reads a {@code VarUInteger 16}; a leading zero byte is refused. */
    public BigInteger loadBigCoins() throws CellException {
        return loadVarUint(CellBuilder.COINS);
    }

    /** Reads coins that fit 63 bits. */
    public Nanoton loadCoins() throws CellException {
        BigInteger value = loadBigCoins();
        if (value.bitLength() >= Long.SIZE) {
            throw new CellException("an amount has at most 63 bits here, this one has " + value.bitLength());
        }
        return new Nanoton(value.longValue());
    }

    /** Reads coins that somebody may have chosen freely; what does not fit 63 bits becomes the greatest amount that does. */
    public Nanoton loadCappedCoins() throws CellException {
        return new Nanoton(loadBigCoins().min(GREATEST).longValue());
    }

    /** Reads a {@code CurrencyCollection} and returns its TON; other currencies are passed over. */
    public Nanoton loadCurrencies() throws CellException {
        Nanoton ton = loadCoins();
        loadMaybeRef();
        return ton;
    }

    /** Reads an address in its standard form without anycast. */
    public Address loadAddress() throws CellException {
        return loadOptionalAddress()
                .orElseThrow(() -> new CellException("expected an address of kind 2 (standard), got kind 0 (none)"));
    }

    /** Reads {@code addr_none}, or an address in its standard form without anycast. */
    public Optional<Address> loadOptionalAddress() throws CellException {
        long kind = loadUint(2);
        if (kind == NO_ADDRESS) {
            return Optional.empty();
        }
        if (kind != STANDARD_ADDRESS) {
            throw new CellException("expected an address of kind 2 (standard), got kind " + kind);
        }
        if (loadBit()) {
            throw new CellException("an address with anycast is not used here");
        }
        return Optional.of(new Address((int) loadInt(8), loadInt256()));
    }

    /** Passes over {@code addr_none} or {@code addr_extern}, which name nobody on the chain. */
    public void skipExternalAddress() throws CellException {
        long kind = loadUint(2);
        if (kind == EXTERNAL_ADDRESS) {
            skip((int) loadUint(9));
        } else if (kind != NO_ADDRESS) {
            throw new CellException("expected an address of kind 0 or 1 (outside the chain), got kind " + kind);
        }
    }

    /** Reads a reference. */
    public Cell loadRef() throws CellException {
        if (remainingRefs() == 0) {
            throw new CellException("wanted another reference of a cell that has " + cell.refCount());
        }
        return takeRef();
    }

    /** Reads one bit, then a reference if the bit is 1. */
    public Optional<Cell> loadMaybeRef() throws CellException {
        return loadBit() ? Optional.of(loadRef()) : Optional.empty();
    }

    /** Returns what is left as a cell of its own, and passes over it. */
    public Cell loadRest() {
        Cell rest = new CellBuilder().storeSlice(this).build();
        bit = cell.bits();
        ref = cell.refCount();
        return rest;
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
