package io.cocoon.inference;

/** Which requests are good: those of a generation of the reference, or everything the OpenAI API defines. */
public enum RequestRules {

    /** The worker and client runner of December 2025. Wire dossier 6.1 and 6.8. */
    DECEMBER_2025,

    /** The worker and client runner of April 2026. 2026 part, sections 6 and 7. */
    APRIL_2026,

    /**
     * Ours, and the default: every member that the OpenAI API defines and members unknown to us pass; types and ranges
     * of what matters for money, routing and safety are checked.
     */
    OPEN_AI
}
