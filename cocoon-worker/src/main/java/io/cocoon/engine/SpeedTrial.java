package io.cocoon.engine;

import io.cocoon.engine.model.Backend;
import io.cocoon.engine.serve.Scheduler;
import io.cocoon.worker.ModelCard;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Measures how fast a backend computes one sequence, before anybody else uses it. Each speed is the median of equal steps, so that
 * what Java compiles meanwhile counts little.
 */
final class SpeedTrial {

    /** For prompts, and the same again for answers. A step that has begun is ended, so a slow model takes longer. */
    private static final long BUDGET_NANOS = 900_000_000;

    /** With a slow model a piece is smaller than usual, so that there are some of them. */
    private static final long PIECE_NANOS = 150_000_000;

    private static final int FIRST_PIECE = 16;
    private static final int LONGEST = 512;
    private static final int MOST_STEPS = 1_000;

    private final Backend backend;
    private final LongSupplier nanos;
    private final int most;
    private final int usualPiece;
    private final int vocabulary;

    private SpeedTrial(Backend backend, Scheduler.Limits limits, int vocabulary, LongSupplier nanos) {
        this.backend = backend;
        this.nanos = nanos;
        this.vocabulary = vocabulary;
        most = (int) Math.min(Math.min(LONGEST, backend.shape().context()), limits.cachedTokens());
        usualPiece = Math.min(limits.stepTokens(), most / 2);
    }

    /**
     * Measures for about two seconds.
     *
     * @param limits how much memory there is, and how many tokens of prompts a step reads
     * @param vocabulary how many ids are real tokens
     * @param nanos the time that passes; never goes back
     * @return empty if there is room for fewer than 32 tokens
     */
    static Optional<ModelCard.Speed> run(
            Backend backend, Scheduler.Limits limits, int vocabulary, LongSupplier nanos, Clock clock) {
        SpeedTrial trial = new SpeedTrial(backend, limits, vocabulary, nanos);
        if (trial.usualPiece < FIRST_PIECE) {
            return Optional.empty();
        }
        try (Backend.Sequence sequence = backend.newSequence()) {
            long first = trial.step(sequence, FIRST_PIECE, Backend.Wanted.NOTHING);
            int piece = (int) Math.max(FIRST_PIECE, Math.min(trial.usualPiece, PIECE_NANOS * FIRST_PIECE / first));
            double reading = trial.perSecond(sequence, piece, Backend.Wanted.NOTHING);
            sequence.truncate(FIRST_PIECE);
            double writing = trial.perSecond(sequence, 1, Backend.Wanted.LIKELIEST);
            return Optional.of(new ModelCard.Speed(reading, piece, writing, clock.instant()));
        }
    }

    private double perSecond(Backend.Sequence sequence, int tokens, Backend.Wanted wanted) {
        List<Long> times = new ArrayList<>();
        long end = nanos.getAsLong() + BUDGET_NANOS;
        do {
            if (sequence.length() + tokens > most) {
                sequence.truncate(FIRST_PIECE <= most - tokens ? FIRST_PIECE : 0);
            }
            times.add(step(sequence, tokens, wanted));
        } while (times.size() < MOST_STEPS && nanos.getAsLong() < end);
        Collections.sort(times);
        return tokens * 1e9 / times.get(times.size() / 2);
    }

    /** Returns how long it took, in nanoseconds; 1 at least. */
    private long step(Backend.Sequence sequence, int tokens, Backend.Wanted wanted) {
        int[] ids = new int[tokens];
        for (int i = 0; i < tokens; i++) {
            // Spread over the vocabulary, so that rows of the embedding come from memory as those of a text do.
            ids[i] = (int) ((sequence.length() + i) * 7919L % vocabulary);
        }
        long begin = nanos.getAsLong();
        backend.compute(List.of(new Backend.Step(sequence, ids, wanted)), vocabulary);
        return Math.max(1, nanos.getAsLong() - begin);
    }
}
