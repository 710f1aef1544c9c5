package io.cocoon.http;

import java.util.ArrayList;
import java.util.List;

/** The newest points of some lines, in a fixed amount of memory: a point more pushes the oldest out. Thread-safe. */
final class TimeSeries {

    /** One point. A value is NaN where there is none. */
    record Point(long millis, double[] values) {}

    private final long[] times;
    private final double[][] values;
    private int next;
    private int size;

    /**
     * Makes one.
     *
     * @param points how many are kept
     * @param lines how many values a point has
     */
    TimeSeries(int points, int lines) {
        times = new long[points];
        values = new double[points][lines];
    }

    /** Adds a point. If the clock was set back, the points after it go. */
    synchronized void add(long millis, double[] point) {
        while (size > 0 && times[before(next)] >= millis) {
            next = before(next);
            size--;
        }
        times[next] = millis;
        System.arraycopy(point, 0, values[next], 0, point.length);
        next = (next + 1) % times.length;
        size = Math.min(size + 1, times.length);
    }

    private int before(int index) {
        return Math.floorMod(index - 1, times.length);
    }

    /** Returns the points after {@code millis}, oldest first. */
    synchronized List<Point> since(long millis) {
        List<Point> points = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            int at = Math.floorMod(next - size + i, times.length);
            if (times[at] > millis) {
                points.add(new Point(times[at], values[at].clone()));
            }
        }
        return points;
    }
}
