package io.cocoon.client;

import java.util.List;

/**
 * What {@link CocoonClient#doctor} found, before any money moved.
 *
 * @param checks in the order in which they were made
 */
public record Diagnosis(List<Check> checks) {

    /** What became of a check. */
    public enum Outcome {
        /** As it should be. */
        PASSED,
        /** Not as it should be: requests will fail. */
        FAILED,
        /** Nothing to check here, or nothing is proven by it. */
        NOT_APPLICABLE
    }

    /**
     * One check.
     *
     * @param name of what was checked, such as {@code proxy.handshake}
     * @param outcome what became of it
     * @param seen what was found
     * @param wanted what should have been found
     */
    public record Check(String name, Outcome outcome, String seen, String wanted) {
        @Override
        public String toString() {
            return "%-14s %s: %s%s"
                    .formatted(outcome, name, seen, outcome == Outcome.FAILED ? " (wanted: " + wanted + ")" : "");
        }
    }

    public Diagnosis {
        checks = List.copyOf(checks);
    }

    /** Returns whether nothing failed. */
    public boolean isHealthy() {
        return checks.stream().noneMatch(check -> check.outcome() == Outcome.FAILED);
    }

    /** Prints one line for each check. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(isHealthy() ? "healthy" : "not healthy");
        checks.forEach(check -> text.append('\n').append(check));
        return text.toString();
    }
}
