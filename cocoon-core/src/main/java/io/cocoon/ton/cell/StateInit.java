package io.cocoon.ton.cell;

/** What a contract starts with, and so its address. Payments dossier 1.2. */
public final class StateInit {

    private static final int CODE_AND_DATA = 0b00110;

    private StateInit() {}

    /** Returns the cell of code and data. */
    public static Cell cell(Cell code, Cell data) {
        return new CellBuilder()
                .storeUint(CODE_AND_DATA, 5)
                .storeRef(code)
                .storeRef(data)
                .build();
    }

    /** Returns the address in workchain 0. The code may be a {@linkplain Cell#pruned pruned} one. */
    public static Address address(Cell code, Cell data) {
        return new Address(0, cell(code, data).hash(0));
    }
}
