package io.cocoon.client.receipt;

import java.util.List;

/**
 * What a receipt proves, offline.
 *
 * @param receipt what was checked
 * @param checks in the order in which they were made
 */
public record ReceiptReport(Receipt receipt, List<Check> checks) {

    /** What became of a check. */
    public enum Outcome {
        /** It holds, whoever kept the receipt. */
        PASSED,
        /** It does not hold: the receipt was changed, or a peer cheated. */
        FAILED,
        /** Nothing proves it: whose word it is stands beside it. */
        NOT_PROVEN
    }

    /**
     * One check.
     *
     * @param name such as {@code payment.after}
     * @param seen what was found, or whose word it is
     */
    public record Check(String name, Outcome outcome, String seen) {
        @Override
        public String toString() {
            return "%-10s %s: %s".formatted(outcome, name, printable(seen));
        }
    }

    /** A receipt may come from anybody, and terminals obey some characters. */
    private static String printable(String text) {
        return text.replaceAll("[\\p{Cntrl}\\p{Cf}]", "?");
    }

    public ReceiptReport {
        checks = List.copyOf(checks);
    }

    /** Returns whether no check failed. What is not proven does not count. */
    public boolean isConsistent() {
        return checks.stream().noneMatch(check -> check.outcome() == Outcome.FAILED);
    }

    /** Prints the verdict and each check. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(isConsistent() ? "consistent" : "NOT CONSISTENT")
                .append(": request ")
                .append(receipt.id())
                .append(" of ")
                .append(receipt.measured().startedAt())
                .append(", ")
                .append(receipt.charge().total());
        checks.forEach(check -> text.append('\n').append(check));
        return text.toString();
    }
}
