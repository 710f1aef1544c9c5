package io.cocoon.ton.cell;

import java.util.Optional;

/**
 * What a contract starts with, and so its address. Payments dossier 1.2.
 *
 * @param splitDepth of an account over several shards; nothing of Cocoon has it
 * @param special of a contract of the masterchain that the clock calls
 * @param code may be a {@linkplain Cell#pruned pruned} cell where only the address is wanted
 * @param data what the code begins with
 * @param library the dictionary of cells that the account publishes
 */
public record StateInit(
        Optional<Integer> splitDepth,
        Optional<TickTock> special,
        Optional<Cell> code,
        Optional<Cell> data,
        Optional<Cell> library) {

    private static final int SPLIT_DEPTH_BITS = 5;

    /**
     * When the clock calls a contract.
     *
     * @param tick at the begin of a block
     * @param tock at its end
     */
    public record TickTock(boolean tick, boolean tock) {}

    /** Makes what every contract of Cocoon starts with: code and data, nothing else. */
    public static StateInit of(Cell code, Cell data) {
        return new StateInit(
                Optional.empty(), Optional.empty(), Optional.of(code), Optional.of(data), Optional.empty());
    }

    /** Returns the cell of code and data. */
    public static Cell cell(Cell code, Cell data) {
        return of(code, data).toCell();
    }

    /** Returns the address in workchain 0 of code and data. */
    public static Address address(Cell code, Cell data) {
        return of(code, data).address();
    }

    /** Reads it where it stands, not behind a reference. */
    public static StateInit load(CellSlice in) throws CellException {
        Optional<Integer> splitDepth =
                in.loadBit() ? Optional.of((int) in.loadUint(SPLIT_DEPTH_BITS)) : Optional.empty();
        Optional<TickTock> special =
                in.loadBit() ? Optional.of(new TickTock(in.loadBit(), in.loadBit())) : Optional.empty();
        return new StateInit(splitDepth, special, in.loadMaybeRef(), in.loadMaybeRef(), in.loadMaybeRef());
    }

    /** Reads a cell of its own. @throws CellException if it is anything else or has more */
    public static StateInit read(Cell cell) throws CellException {
        CellSlice in = cell.beginParse();
        StateInit result = load(in);
        in.end("what a contract starts with");
        return result;
    }

    /** Writes it where it stands. @throws IllegalArgumentException if a split depth is above 31 */
    public void store(CellBuilder out) {
        out.storeBit(splitDepth.isPresent());
        splitDepth.ifPresent(depth -> out.storeUint(depth, SPLIT_DEPTH_BITS));
        out.storeBit(special.isPresent());
        special.ifPresent(clock -> out.storeBit(clock.tick()).storeBit(clock.tock()));
        out.storeMaybeRef(code).storeMaybeRef(data).storeMaybeRef(library);
    }

    /** Writes a cell of its own. */
    public Cell toCell() {
        CellBuilder out = new CellBuilder();
        store(out);
        return out.build();
    }

    /** Returns the address in workchain 0. */
    public Address address() {
        return new Address(0, toCell().hash(0));
    }
}
