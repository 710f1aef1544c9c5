package io.cocoon.ton.cell;

import io.cocoon.payment.Nanoton;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Builds one cell, bit by bit, big-endian. Not thread-safe; one use.
 *
 * <p>Methods throw {@link IllegalArgumentException} when a value does not fit its field or the cell is full.
 */
public final class CellBuilder {

    /** The {@code n} of coins. */
    static final int COINS = 16;

    private final byte[] data = new byte[(Cell.MAX_BITS + 7) / 8];
    private int bits;
    private final List<Cell> refs = new ArrayList<>(Cell.MAX_REFS);

    /** Returns how many bits are there. */
    public int bits() {
        return bits;
    }

    /** Appends one bit. */
    public CellBuilder storeBit(boolean bit) {
        ensure(1);
        if (bit) {
            data[bits >> 3] |= (byte) (0x80 >>> (bits & 7));
        }
        bits++;
        return this;
    }

    /** Appends the low {@code count} bits of {@code value}; the others must be zero. {@code count} is 0 to 64. */
    public CellBuilder storeUint(long value, int count) {
        if (count < 0 || count > Long.SIZE || (count < Long.SIZE && value >>> count != 0)) {
            throw new IllegalArgumentException(Long.toUnsignedString(value) + " does not fit " + count + " bits");
        }
        ensure(count);
        for (int left = count; left > 0; ) {
            int room = 8 - (bits & 7);
            int take = Math.min(room, left);
            int chunk = (int) (value >>> (left - take)) & ((1 << take) - 1);
            data[bits >> 3] |= (byte) (chunk << (room - take));
            bits += take;
            left -= take;
        }
        return this;
    }

    /** Appends a signed number in two's complement. {@code count} is 1 to 64. */
    public CellBuilder storeInt(long value, int count) {
        long high = value >> (count - 1);
        if (high != 0 && high != -1) {
            throw new IllegalArgumentException(value + " does not fit " + count + " signed bits");
        }
        return storeUint(count == Long.SIZE ? value : value & ((1L << count) - 1), count);
    }

    /** Appends whole bytes. */
    public CellBuilder storeBytes(byte[] content) {
        return storeBits(content, 8 * content.length);
    }

    /** Appends whole bytes. */
    public CellBuilder storeBytes(Bytes content) {
        return storeBytes(content.toByteArray());
    }

    /** Appends 256 bits. */
    public CellBuilder storeInt256(Int256 value) {
        return storeBytes(value.toByteArray());
    }

    /** Appends the first {@code count} bits of {@code content}. */
    CellBuilder storeBits(byte[] content, int count) {
        ensure(count);
        int whole = count >> 3;
        if ((bits & 7) == 0) {
            System.arraycopy(content, 0, data, bits >> 3, whole);
            bits += 8 * whole;
        } else {
            for (int i = 0; i < whole; i++) {
                storeUint(content[i] & 0xff, 8);
            }
        }
        int rest = count & 7;
        return rest == 0 ? this : storeUint((content[whole] & 0xff) >>> (8 - rest), rest);
    }

    /**
     * Appends a {@code VarUInteger n}, as short as possible: a length below {@code n}, then as many bytes.
     *
     * @param n 2 to 32
     */
    public CellBuilder storeVarUint(BigInteger value, int n) {
        int length = (value.bitLength() + 7) / 8;
        if (value.signum() < 0 || length >= n) {
            throw new IllegalArgumentException(
                    "a VarUInteger " + n + " has 0 to " + 8 * (n - 1) + " bits, got " + value);
        }
        storeUint(length, lengthBits(n));
        for (int i = length - 1; i >= 0; i--) {
            storeUint(value.shiftRight(8 * i).intValue() & 0xff, 8);
        }
        return this;
    }

    static int lengthBits(int n) {
        return Integer.SIZE - Integer.numberOfLeadingZeros(n - 1);
    }

    /** Appends a {@code VarUInteger 16} of at most 120 bits, as short as possible. */
    public CellBuilder storeCoins(BigInteger value) {
        return storeVarUint(value, COINS);
    }

    /** Appends an amount, 0 or more. */
    public CellBuilder storeCoins(Nanoton amount) {
        return storeCoins(BigInteger.valueOf(amount.value()));
    }

    /** Appends an address in its standard form without anycast. */
    public CellBuilder storeAddress(Address address) {
        return storeUint(0b100, 3).storeInt(address.workchain(), 8).storeInt256(address.hash());
    }

    /** Appends {@code addr_none}: the sender of a message from outside. */
    public CellBuilder storeNoAddress() {
        return storeUint(0, 2);
    }

    /** Appends a reference. */
    public CellBuilder storeRef(Cell cell) {
        if (refs.size() == Cell.MAX_REFS) {
            throw new IllegalArgumentException("a cell has at most 4 references");
        }
        refs.add(cell);
        return this;
    }

    /** Appends one bit, then a reference if there is one. */
    public CellBuilder storeMaybeRef(Optional<Cell> cell) {
        storeBit(cell.isPresent());
        return cell.isPresent() ? storeRef(cell.get()) : this;
    }

    /** Appends all bits and references that are left in {@code slice}; the slice stays as it is. */
    public CellBuilder storeSlice(CellSlice slice) {
        CellSlice rest = slice.copy();
        while (rest.remainingBits() > 0) {
            int take = Math.min(Long.SIZE, rest.remainingBits());
            storeUint(rest.takeUint(take), take);
        }
        for (int i = rest.remainingRefs(); i > 0; i--) {
            storeRef(rest.takeRef());
        }
        return this;
    }

    /** Returns the ordinary cell. */
    public Cell build() {
        return Cell.ordinary(Arrays.copyOf(data, (bits + 7) >> 3), bits, refs.toArray(Cell[]::new));
    }

    private void ensure(int count) {
        if (count > Cell.MAX_BITS - bits) {
            throw new IllegalArgumentException("a cell has at most 1023 bits; there are " + bits + ", added " + count);
        }
    }
}
