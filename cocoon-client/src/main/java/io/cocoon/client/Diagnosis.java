package io.cocoon.client;

import java.util.Comparator;
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
        /** Not as it should be. */
        FAILED,
        /** The check could not be made. Counts as not passed. */
        UNKNOWN,
        /** Nothing to check here, or nothing is proven by it. */
        NOT_APPLICABLE
    }

    /** What it means if a check is not passed. */
    public enum Severity {
        /** Good to know. */
        NOTE,
        /** Works, but worse than it could, or not for long. */
        WARNING,
        /** Requests will fail, or money could be lost: commit nothing. */
        CRITICAL
    }

    /**
     * One check.
     *
     * @param name of what was checked, such as {@code chain} or {@code proxy 1.2.3.4:11002}
     * @param outcome what became of it
     * @param severity what it means if it is not passed
     * @param seen what was found
     * @param wanted what should have been found
     * @param fix what to do about it; empty if nothing
     */
    public record Check(String name, Outcome outcome, Severity severity, String seen, String wanted, String fix) {

        /** Makes a check that passed. */
        public static Check passed(String name, String seen, String wanted) {
            return new Check(name, Outcome.PASSED, Severity.NOTE, seen, wanted, "");
        }

        /** Makes a check with nothing to check. */
        public static Check notApplicable(String name, String why) {
            return new Check(name, Outcome.NOT_APPLICABLE, Severity.NOTE, why, "", "");
        }

        /** Makes a check that failed. */
        public static Check failed(String name, Severity severity, String seen, String wanted, String fix) {
            return new Check(name, Outcome.FAILED, severity, seen, wanted, fix);
        }

        /** Makes a check that could not be made. */
        public static Check unknown(String name, Severity severity, String why, String wanted, String fix) {
            return new Check(name, Outcome.UNKNOWN, severity, why, wanted, fix);
        }

        /** Returns whether this failed or could not be made. */
        public boolean isBad() {
            return outcome == Outcome.FAILED || outcome == Outcome.UNKNOWN;
        }

        /** Prints one line, or three if it is not passed: what was seen, what was wanted, what to do. */
        @Override
        public String toString() {
            String head = "%-8s %s: %s".formatted(mark(), name, seen);
            return isBad()
                    ? head + "\n         wanted: " + wanted + (fix.isEmpty() ? "" : "\n         fix: " + fix)
                    : head;
        }

        private String mark() {
            return switch (outcome) {
                case PASSED -> "ok";
                case NOT_APPLICABLE -> "-";
                case FAILED -> severity.name();
                case UNKNOWN -> severity == Severity.CRITICAL ? "UNKNOWN!" : "UNKNOWN";
            };
        }
    }

    public Diagnosis {
        checks = List.copyOf(checks);
    }

    /** Returns whether nothing critical failed or stayed unknown. */
    public boolean isHealthy() {
        return worst() != Severity.CRITICAL;
    }

    /** Returns the greatest severity of what failed or stayed unknown; {@link Severity#NOTE} if nothing did. */
    public Severity worst() {
        return checks.stream()
                .filter(Check::isBad)
                .map(Check::severity)
                .max(Comparator.naturalOrder())
                .orElse(Severity.NOTE);
    }

    /** Prints the verdict and each check. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(
                switch (worst()) {
                    case NOTE -> "healthy";
                    case WARNING -> "healthy, with warnings";
                    case CRITICAL -> "not healthy";
                });
        checks.forEach(check -> text.append('\n').append(check));
        return text.toString();
    }
}
