package io.cocoon.http;

import io.cocoon.stats.Latencies;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * A plot of a status page: what its lines are and how a look at the process becomes their newest points.
 *
 * @param title its heading
 * @param unit of its values
 * @param empty what stands in its place as long as no line has a value but zero
 * @param lines what is drawn
 * @param <S> a look at the process
 */
record Plot<S>(String title, Unit unit, String empty, List<Line<S>> lines) {

    @SafeVarargs
    Plot(String title, Unit unit, String empty, Line<S>... lines) {
        this(title, unit, empty, List.of(lines));
    }

    /** How a value comes from two looks. */
    interface Values<S> {
        /** Returns the value, or NaN if there is none. */
        double at(S before, S now, double seconds);
    }

    /** One line. */
    record Line<S>(String name, Values<S> values) {

        /** What is there now. */
        static <S> Line<S> level(String name, ToDoubleFunction<S> level) {
            return new Line<>(name, (before, now, seconds) -> level.applyAsDouble(now));
        }

        /** How fast a count grows, a second. One that falls has begun anew, and has no rate. */
        static <S> Line<S> perSecond(String name, ToDoubleFunction<S> count) {
            return rate(name, count, 1);
        }

        /** How fast a count grows, a minute. */
        static <S> Line<S> perMinute(String name, ToDoubleFunction<S> count) {
            return rate(name, count, 60);
        }

        private static <S> Line<S> rate(String name, ToDoubleFunction<S> count, int period) {
            return new Line<>(name, (before, now, seconds) -> {
                double grown = count.applyAsDouble(now) - count.applyAsDouble(before);
                return grown < 0 || seconds <= 0 ? Double.NaN : grown / seconds * period;
            });
        }

        /** What a share of the requests that ended between the looks did not exceed, in seconds. */
        static <S> Line<S> quantile(String name, double share, Function<S, Latencies.Counts> counts) {
            return new Line<>(
                    name,
                    (before, now, seconds) ->
                            counts.apply(now).since(counts.apply(before)).quantile(share));
        }
    }
}
