package io.cocoon.engine.serve;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Chooses the tokens of one answer. Order of the steps: bias, penalties, temperature, top-k, shares, top-p, min-p, draw
 * (engine dossier 5). For one thread.
 */
final class Sampler {

    private final SamplingOptions options;
    private final int vocabulary;
    private final Map<Integer, Integer> generated = new HashMap<>();
    private final Set<Integer> seen = new HashSet<>();
    private long position;

    /**
     * @param vocabulary how many ids are real tokens: embeddings may have more rows
     */
    Sampler(SamplingOptions options, int[] prompt, int vocabulary) {
        this.options = options;
        this.vocabulary = vocabulary;
        if (options.repetitionPenalty() != 1) {
            for (int id : prompt) {
                seen.add(id);
            }
        }
    }

    /** Chooses the next token; changes {@code logits}. */
    int next(float[] logits) {
        adjust(logits);
        int id = options.temperature() == 0 ? likeliest(logits) : draw(logits);
        generated.merge(id, 1, Integer::sum);
        seen.add(id);
        position++;
        return id;
    }

    private void adjust(float[] logits) {
        options.bias().forEach((id, bias) -> {
            if (id >= 0 && id < vocabulary) {
                logits[id] += bias.floatValue();
            }
        });
        if (options.repetitionPenalty() != 1) {
            float penalty = (float) options.repetitionPenalty();
            for (int id : seen) {
                logits[id] = logits[id] > 0 ? logits[id] / penalty : logits[id] * penalty;
            }
        }
        if (options.frequencyPenalty() != 0 || options.presencePenalty() != 0) {
            generated.forEach((id, count) ->
                    logits[id] -= (float) (options.frequencyPenalty() * count + options.presencePenalty()));
        }
    }

    /** The lowest id wins a tie. */
    private int likeliest(float[] logits) {
        int best = 0;
        for (int i = 1; i < vocabulary; i++) {
            if (logits[i] > logits[best]) {
                best = i;
            }
        }
        return best;
    }

    private int draw(float[] logits) {
        int[] order = candidates(logits);
        double[] shares = new double[order.length];
        double most = logits[order[0]];
        double sum = 0;
        for (int i = 0; i < order.length; i++) {
            shares[i] = Math.exp((logits[order[i]] - most) / options.temperature());
            sum += shares[i];
        }
        int kept = 0;
        double keptSum = 0;
        // The likeliest one always stays, even if it alone has more than top-p.
        while (kept < order.length
                && (kept == 0 || (keptSum < options.topP() * sum && shares[kept] >= options.minP() * shares[0]))) {
            keptSum += shares[kept++];
        }
        double target = Philox.uniform(options.seed(), 0, position) * keptSum;
        for (int i = 0; i < kept - 1; i++) {
            target -= shares[i];
            if (target < 0) {
                return order[i];
            }
        }
        return order[kept - 1];
    }

    /** Returns the ids that can be chosen, likeliest first, equal ones by id. */
    private int[] candidates(float[] logits) {
        Integer[] ids = new Integer[vocabulary];
        for (int i = 0; i < vocabulary; i++) {
            ids[i] = i;
        }
        Arrays.sort(ids, (a, b) -> logits[a] == logits[b] ? a - b : Float.compare(logits[b], logits[a]));
        int count = options.topK() == 0 ? vocabulary : Math.min(options.topK(), vocabulary);
        int[] first = new int[count];
        for (int i = 0; i < count; i++) {
            first[i] = ids[i];
        }
        return first;
    }
}
