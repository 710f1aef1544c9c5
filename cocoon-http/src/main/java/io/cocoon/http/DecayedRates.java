package io.cocoon.http;

/**
 * The reference's way to write a counter: its total, then what it grew in a second as averages that forget with time constants of 1 s, 10
 * s, 1 min, 10 min, 1 h and 1 day (wire dossier 3.3). Not thread-safe.
 */
final class DecayedRates {

    private static final double[] SECONDS = {1, 10, 60, 600, 3_600, 86_400};

    private final double[] rates = new double[SECONDS.length];
    private double total;

    /** Takes the counter's newest value. */
    void take(double newTotal, double passedSeconds) {
        if (passedSeconds > 0) {
            double rate = Math.max(0, newTotal - total) / passedSeconds;
            for (int i = 0; i < rates.length; i++) {
                rates[i] += (1 - Math.exp(-passedSeconds / SECONDS[i])) * (rate - rates[i]);
            }
        }
        total = newTotal;
    }

    /** Returns the seven numbers: the total as it is now, and the rates as they were when it was last taken. */
    double[] values(double totalNow) {
        double[] all = new double[1 + rates.length];
        all[0] = totalNow;
        System.arraycopy(rates, 0, all, 1, rates.length);
        return all;
    }
}
