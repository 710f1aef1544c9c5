package io.cocoon.ton.cell;

/** What a cell is. All but {@link #ORDINARY} carry their type in the first byte. */
public enum CellType {
    /** Data and references. */
    ORDINARY(0),
    /** Stands for a subtree of which only hash and depth are given. */
    PRUNED_BRANCH(1),
    /** Names another cell by its hash. */
    LIBRARY(2),
    /** Proves a part of a tree. */
    MERKLE_PROOF(3),
    /** Proves a change of a tree. */
    MERKLE_UPDATE(4);

    private final int tag;

    CellType(int tag) {
        this.tag = tag;
    }

    int tag() {
        return tag;
    }

    static CellType ofTag(int tag) throws CellException {
        for (CellType type : values()) {
            if (type != ORDINARY && type.tag == tag) {
                return type;
            }
        }
        throw new CellException("an exotic cell has type 1 to 4, this one " + tag);
    }
}
