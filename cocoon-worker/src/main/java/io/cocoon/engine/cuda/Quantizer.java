package io.cocoon.engine.cuda;

/** Turns numbers into whole ones with a scale for each group of 32, as the device's formats want them. Pure functions. */
final class Quantizer {

    private static final int GROUP = WeightFormat.UNIT;

    /**
     * What the number of largest magnitude is taken for, of -8 to 7. The scale of which gives the least squared error: with the
     * full range all others are coarser, with less the largest is cut off.
     */
    private static final float[] ENDS = {-8, -7.5f, -7, -8.5f};

    private Quantizer() {}

    /** A scale for each 32 numbers: the largest magnitude is 127. */
    static void eightBits(float[] numbers, byte[] whole, float[] scales) {
        for (int group = 0; group < numbers.length / GROUP; group++) {
            int first = group * GROUP;
            float scale = Math.abs(extreme(numbers, first)) / 127;
            scales[group] = scale;
            for (int i = first; i < first + GROUP; i++) {
                whole[i] = (byte) (scale == 0 ? 0 : Math.round(numbers[i] / scale));
            }
        }
    }

    /** The same with 4 bits; whole numbers count from 8. */
    static void fourBits(float[] numbers, byte[] whole, float[] scales) {
        byte[] tried = new byte[GROUP];
        for (int group = 0; group < numbers.length / GROUP; group++) {
            int first = group * GROUP;
            float extreme = extreme(numbers, first);
            double least = Double.POSITIVE_INFINITY;
            for (float end : ENDS) {
                float scale = fitted(numbers, first, extreme / end, tried);
                double error = error(numbers, first, scale, tried);
                if (error < least) {
                    least = error;
                    scales[group] = scale;
                    System.arraycopy(tried, 0, whole, first, GROUP);
                }
            }
        }
    }

    /** The number of largest magnitude. */
    private static float extreme(float[] numbers, int first) {
        float extreme = 0;
        for (int i = first; i < first + GROUP; i++) {
            extreme = Math.abs(numbers[i]) > Math.abs(extreme) ? numbers[i] : extreme;
        }
        return extreme;
    }

    /** Rounds with a scale, and returns the one that fits what came out best. */
    private static float fitted(float[] numbers, int first, float scale, byte[] whole) {
        double product = 0;
        double square = 0;
        for (int i = 0; i < GROUP; i++) {
            int q = scale == 0 ? 0 : Math.max(-8, Math.min(7, Math.round(numbers[first + i] / scale)));
            whole[i] = (byte) (q + 8);
            product += (double) q * numbers[first + i];
            square += (double) q * q;
        }
        return square == 0 ? 0 : (float) (product / square);
    }

    private static double error(float[] numbers, int first, float scale, byte[] whole) {
        double error = 0;
        for (int i = 0; i < GROUP; i++) {
            double off = numbers[first + i] - (double) scale * (whole[i] - 8);
            error += off * off;
        }
        return error;
    }
}
