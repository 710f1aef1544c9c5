package io.cocoon.ton4j;

import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.BagOfCells;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellException;

/** Converts cells and addresses between ton4j and us. Pure functions. */
public final class Ton4j {

    private Ton4j() {}

    /**
     * Returns our form of a cell of ton4j with all below it.
     *
     * @throws CellException if it is above {@link BagOfCells#DEFAULT_LIMITS} or not valid, as cells that ton4j read from strangers
     *     may be
     */
    public static Cell cell(org.ton.ton4j.cell.Cell cell) throws CellException {
        Cell ours = BagOfCells.read(Bytes.wrapUnshared(cell.toBoc()));
        requireSame(ours, cell);
        return ours;
    }

    /** Returns ton4j's form of a cell with all below it. Nothing but valid cells reach ton4j's parser this way. */
    public static org.ton.ton4j.cell.Cell cell(Cell cell) {
        org.ton.ton4j.cell.Cell theirs =
                org.ton.ton4j.cell.Cell.fromBoc(BagOfCells.write(cell).toByteArray());
        requireSame(cell, theirs);
        return theirs;
    }

    /** Guards against a difference between two parsers: what is signed here must be what is sent there. */
    private static void requireSame(Cell ours, org.ton.ton4j.cell.Cell theirs) {
        Int256 hash = Int256.of(theirs.getHash());
        if (!hash.equals(ours.hash())) {
            throw new IllegalStateException("a cell changed on its way between ton4j and us: " + hash.toHex()
                    + " there, " + ours.hash().toHex() + " here; please report it");
        }
    }

    /** Returns our form of an address of an account. The flags of its text form are left behind. */
    public static Address address(org.ton.ton4j.address.Address address) {
        return new Address(address.wc, Int256.of(address.hashPart));
    }

    /** Returns ton4j's form of an address. */
    public static org.ton.ton4j.address.Address address(Address address) {
        return org.ton.ton4j.address.Address.of(address.toString());
    }
}
