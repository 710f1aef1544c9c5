package io.cocoon.worker;

import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/**
 * What an engine computes and what that takes, for people who choose and run models; {@link #toString} is one line of it. Does not
 * change while the engine lives. Immutable.
 *
 * @param name as the model's files are named, or whatever else the engine knows it by; hostile like every text of a file
 * @param architecture the family
 * @param parameters numbers that were trained, counted in the files; what two roles share counts once
 * @param weightFormat how the files hold most of the weights
 * @param weightBytes memory of the weights as they lie there now
 * @param tokenBytes memory of the keys and values of one token
 * @param contextTokens the longest sequence that the model was made for; the memory may have room for less, see {@link
 *     EngineLoad#maxTokens}
 * @param device what computes
 * @param speed empty if it was not measured
 */
public record ModelCard(
        String name,
        String architecture,
        long parameters,
        String weightFormat,
        long weightBytes,
        long tokenBytes,
        int contextTokens,
        String device,
        Optional<Speed> speed) {

    /**
     * How fast one sequence alone is computed, in a moment in which the engine did nothing else. Real requests are slower, because they
     * share the machine, or together faster, because a batch reads the weights once; long prompts are slower at their end.
     *
     * @param promptTokensPerSecond tokens of a prompt read, in pieces of {@code promptPiece}; above 0
     * @param promptPiece tokens of a prompt computed at once while measuring
     * @param answerTokensPerSecond tokens of an answer written, one by one; above 0
     * @param measured when
     */
    public record Speed(double promptTokensPerSecond, int promptPiece, double answerTokensPerSecond, Instant measured) {

        /**
         * Checks that both speeds are numbers above 0: what was not measured is absent.
         *
         * @throws IllegalArgumentException if one is not, or is infinite
         */
        public Speed {
            if (!isRate(promptTokensPerSecond) || !isRate(answerTokensPerSecond)) {
                throw new IllegalArgumentException("a measured speed is above 0, got " + promptTokensPerSecond + " and "
                        + answerTokensPerSecond + " tokens a second");
            }
        }

        private static boolean isRate(double value) {
            return value > 0 && Double.isFinite(value);
        }

        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT,
                    "alone it reads %.1f and writes %.1f tokens a second",
                    promptTokensPerSecond,
                    answerTokensPerSecond);
        }
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%s: %s, %.1f million parameters, %s, %.1f MiB of weights, %.1f KiB a token, context of %d tokens, on %s; %s",
                name,
                architecture,
                parameters / 1e6,
                weightFormat,
                weightBytes / (double) (1 << 20),
                tokenBytes / (double) (1 << 10),
                contextTokens,
                device,
                speed.map(Speed::toString).orElse("speed not measured"));
    }
}
