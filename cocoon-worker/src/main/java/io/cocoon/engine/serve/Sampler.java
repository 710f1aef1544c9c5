package io.cocoon.engine.serve;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the tokens of one choice. Order of the steps: bias, constraint, penalties, temperature, top-k, shares, top-p, min-p, draw
 * (engine dossier 5). For one thread.
 */
final class Sampler {

    private final SamplingOptions options;
    private final int vocabulary;
    private final int choice;
    private final OptionalInt topLogprobs;
    private final @Nullable Constraint constraint;
    private final Map<Integer, Integer> generated = new HashMap<>();
    private final Set<Integer> seen = new HashSet<>();
    private long position;

    /**
     * Makes one.
     *
     * @param vocabulary how many ids are real tokens: embeddings may have more rows
     */
    Sampler(GenerationRequest request, int choice, int vocabulary) {
        this.options = request.options();
        this.vocabulary = vocabulary;
        this.choice = choice;
        topLogprobs = request.topLogprobs();
        constraint = request.constraint().map(Supplier::get).orElse(null);
        if (options.repetitionPenalty() != 1) {
            for (int id : request.prompt()) {
                seen.add(id);
            }
        }
    }

    /**
     * Chooses the next token; changes {@code logits}.
     *
     * @throws IllegalStateException if bias and constraint leave no token
     */
    Token next(float[] logits) {
        double logSum = topLogprobs.isPresent() ? Likeliest.logSum(logits, vocabulary) : Double.NaN;
        List<Token.Share> top = topLogprobs.orElse(0) == 0
                ? List.of()
                : Likeliest.shares(logits, vocabulary, topLogprobs.getAsInt(), logSum);
        // The value is kept, because the steps below change it.
        float[] own = topLogprobs.isPresent() ? logits.clone() : logits;
        adjust(logits);
        int id = options.temperature() == 0 ? likeliest(logits) : draw(logits);
        if (logits[id] == Float.NEGATIVE_INFINITY) {
            throw new IllegalStateException("no token can follow " + position + " tokens of this answer");
        }
        generated.merge(id, 1, Integer::sum);
        seen.add(id);
        position++;
        if (constraint != null) {
            constraint.accept(id);
        }
        return new Token(id, own[id] - logSum, top);
    }

    /** Returns whether the constraint lets nothing follow. */
    boolean isComplete() {
        return constraint != null && constraint.isComplete();
    }

    private void adjust(float[] logits) {
        options.bias().forEach((id, bias) -> {
            if (id >= 0 && id < vocabulary) {
                logits[id] += bias.floatValue();
            }
        });
        if (constraint != null) {
            constraint.mask(logits);
        }
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
        int[] order = Likeliest.of(logits, vocabulary, options.topK() == 0 ? vocabulary : options.topK());
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
        // What a constraint forbids has no share, and must not come in by rounding.
        while (kept < order.length
                && (kept == 0
                        || shares[kept] > 0
                                && keptSum < options.topP() * sum
                                && shares[kept] >= options.minP() * shares[0])) {
            keptSum += shares[kept++];
        }
        double target = Philox.uniform(options.seed(), choice, position) * keptSum;
        for (int i = 0; i < kept - 1; i++) {
            target -= shares[i];
            if (target < 0) {
                return order[i];
            }
        }
        return order[kept - 1];
    }
}
