package io.cocoon.inference;

/** How an answer is read, counted and passed on. */
public enum MeterRules {

    /** Text that is no JSON is held back until the end and then passed on, uncounted. Wire dossier 6.9. */
    DECEMBER_2025,

    /** Text that is no JSON is discarded. 2026 part, section 8.4. */
    APRIL_2026,

    /** Ours: nothing is held back or lost, server-sent events are counted, and counts must be plausible. */
    OURS
}
