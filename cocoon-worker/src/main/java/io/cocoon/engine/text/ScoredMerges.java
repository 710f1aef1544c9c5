package io.cocoon.engine.text;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Merges as SentencePiece does them: any two neighbours that together are a token may become it, those with the highest score
 * first, the leftmost of equal ones.
 */
final class ScoredMerges {

    private ScoredMerges() {}

    /**
     * Makes the table.
     *
     * @param scores of the tokens that can be made, and that others can be made of
     * @param marker tells which ids text must not grow into
     * @param most how many merges are made at most
     * @throws IllegalArgumentException if there are more
     */
    static MergeTable of(Map<String, Integer> ids, Map<String, Double> scores, IntPredicate marker, int most) {
        int count = count(scores, most);
        // Equal scores get equal ranks: then the place decides.
        TreeSet<Double> ordered = new TreeSet<>(scores.values());
        Map<Double, Integer> ranks = new HashMap<>();
        ordered.descendingSet().forEach(score -> ranks.put(score, ranks.size()));
        MergeTable table = new MergeTable(count);
        scores.forEach((text, score) -> {
            Integer result = ids.get(text);
            for (int at = 1; result != null && !marker.test(result) && at < text.length(); at++) {
                Integer left = known(ids, scores, text.substring(0, at));
                Integer right = left == null ? null : known(ids, scores, text.substring(at));
                if (left != null && right != null) {
                    table.put(left, right, ranks.getOrDefault(score, 0), result);
                }
            }
        });
        return table;
    }

    private static @Nullable Integer known(Map<String, Integer> ids, Map<String, Double> scores, String part) {
        return scores.containsKey(part) ? ids.get(part) : null;
    }

    private static int count(Map<String, Double> scores, int most) {
        int count = 0;
        for (String text : scores.keySet()) {
            for (int at = 1; at < text.length(); at++) {
                if (scores.containsKey(text.substring(0, at)) && scores.containsKey(text.substring(at))) {
                    count++;
                }
            }
            if (count > most) {
                throw new IllegalArgumentException("the tokens can be put together in more than " + most + " ways");
            }
        }
        return count;
    }
}
