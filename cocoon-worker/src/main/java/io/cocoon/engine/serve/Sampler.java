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
final class Sampler implements Backend.Chooser {

    /** Draws from all logits are tried with so many of them first, because sorting all of a large vocabulary takes several times as long. */
    private static final int FEW = 128;

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

    /**
     * Returns how many of the highest logits are enough to choose from and to tell of; 0 if all are needed. Without top-k a choice needs
     * the sum of powers too, and not always {@link #isDecided}.
     */
    int candidates() {
        int among = options.temperature() == 0 ? 1 : Math.max(1, options.topK());
        return takesLogitsAsTheyAre() ? Math.max(among, topLogprobs.orElse(0)) : 0;
    }

    @Override
    public double temperature() {
        return options.topK() == 0 ? options.temperature() : 0;
    }

    @Override
    public boolean isDecided(Backend.Candidates from) {
        return place(from).isPresent();
    }

    private OptionalInt place(Backend.Candidates from) {
        if (options.temperature() == 0) {
            return OptionalInt.of(0);
        }
        int known = from.ids().length;
        return options.topK() == 0
                ? draw(from.logits(), known).amongAll(from.powers(), vocabulary)
                : OptionalInt.of(
                        draw(from.logits(), Math.min(known, options.topK())).amongThese());
    }

    private boolean takesLogitsAsTheyAre() {
        return options.bias().isEmpty()
                && options.repetitionPenalty() == 1
                && options.frequencyPenalty() == 0
                && options.presencePenalty() == 0
                && constraint == null;
    }

    /**
     * Chooses the next token from at least {@link #candidates}; the same one as from all logits.
     *
     * @throws IllegalStateException if they do not decide, or no token is left
     */
    Token next(Backend.Candidates from) {
        int[] ids = from.ids();
        float[] logits = from.logits();
        int chosen = place(from).orElseThrow(() -> new IllegalStateException(ids.length + " candidates do not decide"));
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
        if (options.topK() == 0 && vocabulary > FEW) {
            int[] few = Likeliest.of(logits, vocabulary, FEW);
            OptionalInt place = draw(at(few, logits), FEW)
                    .amongAll(Likeliest.powers(logits, vocabulary, options.temperature()), vocabulary);
            if (place.isPresent()) {
                return few[place.getAsInt()];
            }
        }
        int[] order = Likeliest.of(logits, vocabulary, options.topK() == 0 ? vocabulary : options.topK());
        return order[draw(at(order, logits), order.length).amongThese()];
    }

    private static float[] at(int[] ids, float[] logits) {
        float[] values = new float[ids.length];
        for (int i = 0; i < ids.length; i++) {
            values[i] = logits[ids[i]];
        }
        return values;
    }

    private Draw draw(float[] sorted, int count) {
        return new Draw(options, Philox.uniform(options.seed(), choice, position), sorted, count);
    }
}
