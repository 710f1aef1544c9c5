package io.cocoon.ton.lite;

import io.cocoon.payment.Nanoton;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.cell.CellSlice;
import java.math.BigInteger;

/** Reads amounts that somebody else wrote: what does not fit 63 bits becomes the greatest amount that does. */
final class Amounts {

    private static final BigInteger GREATEST = BigInteger.valueOf(Long.MAX_VALUE);

    private Amounts() {}

    static Nanoton load(CellSlice slice) throws CellException {
        return new Nanoton(slice.loadBigCoins().min(GREATEST).longValue());
    }

    static void loadMaybe(CellSlice slice) throws CellException {
        if (slice.loadBit()) {
            slice.loadBigCoins();
        }
    }

    /** Reads TON, passes over other currencies. */
    static Nanoton loadCurrencies(CellSlice slice) throws CellException {
        Nanoton amount = load(slice);
        if (slice.loadBit()) {
            slice.loadRef();
        }
        return amount;
    }

    /** Passes over a {@code VarUInteger 7}. */
    static void skipShort(CellSlice slice) throws CellException {
        slice.loadBytes((int) slice.loadUint(3));
    }
}
