package io.cocoon.engine.serve;

import io.cocoon.engine.model.Backend;
import java.util.ArrayList;
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
        int id = options.temperature() == 0 ? Backend.highest(logits, vocabulary) : draw(logits);
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

    /** Returns whether the likeliest token is always the next one and nothing else is told of it, so that its id is enough. */
    boolean isPlain() {
        return options.temperature() == 0 && takesLogitsAsTheyAre() && topLogprobs.isEmpty();
    }

    /** Returns how many of the highest logits are enough to choose from and to tell of; 0 if all are needed. */
    int candidates() {
        int among = options.temperature() == 0 ? 1 : options.topK();
        return takesLogitsAsTheyAre() && among > 0 ? Math.max(among, topLogprobs.orElse(0)) : 0;
    }

    private boolean takesLogitsAsTheyAre() {
        return options.bias().isEmpty()
                && options.repetitionPenalty() == 1
                && options.frequencyPenalty() == 0
                && options.presencePenalty() == 0
                && constraint == null;
    }

    /** Chooses the next token from at least {@link #candidates}; the same one as from all logits. */
    Token next(Backend.Candidates from) {
        int[] ids = from.ids();
        float[] logits = from.logits();
        int chosen = options.temperature() == 0 ? 0 : draw(logits, Math.min(ids.length, options.topK()));
        if (logits[chosen] == Float.NEGATIVE_INFINITY) {
            throw new IllegalStateException("no token can follow " + position + " tokens of this answer");
        }
        position++;
        double logSum = topLogprobs.isPresent() ? from.logSum() : Double.NaN;
        List<Token.Share> top = new ArrayList<>();
        for (int i = 0; i < Math.min(ids.length, topLogprobs.orElse(0)); i++) {
            top.add(new Token.Share(ids[i], logits[i] - logSum));
        }
        return new Token(ids[chosen], logits[chosen] - logSum, top);
    }

    /** Takes the likeliest token as the next one; only for one that {@link #isPlain}. */
    Token plain(int likeliest) {
        position++;
        return new Token(likeliest, Double.NaN, List.of());
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

    private int draw(float[] logits) {
        int[] order = Likeliest.of(logits, vocabulary, options.topK() == 0 ? vocabulary : options.topK());
        float[] sorted = new float[order.length];
        for (int i = 0; i < order.length; i++) {
            sorted[i] = logits[order[i]];
        }
        return order[draw(sorted, order.length)];
    }

    /** Returns the place of the choice among the first {@code count} of logits that are sorted, highest first. */
    private int draw(float[] sorted, int count) {
        double[] shares = new double[count];
        double most = sorted[0];
        double sum = 0;
        for (int i = 0; i < count; i++) {
            shares[i] = Math.exp((sorted[i] - most) / options.temperature());
            sum += shares[i];
        }
        int kept = 0;
        double keptSum = 0;
        // The likeliest one always stays, even if it alone has more than top-p.
        // What a constraint forbids has no share, and must not come in by rounding.
        while (kept < count
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
                return i;
            }
        }
        return kept - 1;
    }
}
