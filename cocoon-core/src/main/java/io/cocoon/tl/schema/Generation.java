package io.cocoon.tl.schema;

/** A public generation of the network's schema. */
public enum Generation {
    /** December 2025, protocol versions 0 to 2. */
    DECEMBER_2025("2025-12"),
    /** April 2026, protocol versions 0 to 4. */
    APRIL_2026("2026-04");

    private final String label;

    Generation(String label) {
        this.label = label;
    }

    boolean includes(String lineLabel) {
        return lineLabel.equals("both") || lineLabel.equals(label);
    }
}
