package io.cocoon.engine.model;

import java.util.List;

/**
 * The sizes and constants of a model. Immutable; checked on construction, so that code behind it may rely on them.
 *
 * @param architecture the family
 * @param hidden width of the residual stream
 * @param feedForward width inside the feed-forward part
 * @param layers number of blocks
 * @param heads query heads
 * @param kvHeads key and value heads; divides {@code heads}
 * @param headSize width of one head; even. Not always {@code hidden / heads}
 * @param vocabulary rows of the embedding; may be more than the tokenizer has tokens
 * @param context the longest sequence that the model was made for, in tokens
 * @param eps added under the root of every norm
 * @param ropeBase base of the rotary frequencies
 * @param ropeScaling how those are stretched; not used by local layers
 * @param localRopeBase base of the frequencies in local layers
 * @param window how many positions a local layer looks back, itself included; 0 if there are no local layers
 * @param local for each layer whether it is local
 * @param scoreScale factor of the attention scores
 * @param tied whether the output head is the embedding
 * @param endTokens ids that end an answer
 */
public record ModelShape(
        Architecture architecture,
        int hidden,
        int feedForward,
        int layers,
        int heads,
        int kvHeads,
        int headSize,
        int vocabulary,
        int context,
        double eps,
        double ropeBase,
        RopeScaling ropeScaling,
        double localRopeBase,
        int window,
        List<Boolean> local,
        double scoreScale,
        boolean tied,
        List<Integer> endTokens) {

    /** No model of today has a wider vector; bounds every product of two sizes far below 2^31. */
    static final int MAX_WIDTH = 1 << 18;

    /** No model of today has more blocks. */
    static final int MAX_LAYERS = 1024;

    /** No vocabulary of today is larger. */
    static final int MAX_VOCABULARY = 1 << 21;

    public ModelShape {
        local = List.copyOf(local);
        endTokens = List.copyOf(endTokens);
        range("hidden_size", hidden, 1, MAX_WIDTH);
        range("intermediate_size", feedForward, 1, MAX_WIDTH);
        range("num_hidden_layers", layers, 1, MAX_LAYERS);
        range("num_attention_heads", heads, 1, MAX_WIDTH);
        range("num_key_value_heads", kvHeads, 1, heads);
        range("head_dim", headSize, 2, 1024);
        range("vocab_size", vocabulary, 1, MAX_VOCABULARY);
        range("max_position_embeddings", context, 1, Integer.MAX_VALUE);
        require(
                heads % kvHeads == 0,
                "num_attention_heads " + heads + " is no multiple of num_key_value_heads " + kvHeads);
        require((long) heads * headSize <= MAX_WIDTH, "num_attention_heads times head_dim is above " + MAX_WIDTH);
        require(headSize % 2 == 0, "head_dim " + headSize + " is odd");
        require(eps > 0 && eps < 1, "rms_norm_eps is " + eps + "; wanted a small positive number");
        require(ropeBase >= 1 && ropeBase < 1e12, "rope_theta is " + ropeBase + "; wanted a number of at least 1");
        require(localRopeBase >= 1 && localRopeBase < 1e12, "rope_local_base_freq is " + localRopeBase);
        require(scoreScale > 0 && scoreScale <= 1e3, "the attention scale is " + scoreScale);
        require(local.size() == layers, "the kinds of " + local.size() + " layers are stated for " + layers);
        require(window > 0 || !local.contains(true), "local layers need a window");
        for (int id : endTokens) {
            range("an end token", id, 0, vocabulary - 1);
        }
    }

    private static void range(String name, int value, int least, int most) {
        require(value >= least && value <= most, name + " is " + value + "; wanted " + least + " to " + most);
    }

    private static void require(boolean holds, String problem) {
        if (!holds) {
            throw new IllegalArgumentException(problem);
        }
    }

    /** Returns the width of all query heads. */
    public int queryWidth() {
        return heads * headSize;
    }

    /** Returns the width of all key heads, which is that of all value heads. */
    public int kvWidth() {
        return kvHeads * headSize;
    }

    /**
     * Returns the rotary frequencies of a layer, {@code headSize / 2} of them, in radians per position.
     *
     * @param layer 0 to {@code layers - 1}
     */
    public double[] frequencies(int layer) {
        boolean isLocal = local.get(layer);
        double[] frequencies = new double[headSize / 2];
        for (int i = 0; i < frequencies.length; i++) {
            double theta = Math.pow(isLocal ? localRopeBase : ropeBase, -2.0 * i / headSize);
            frequencies[i] = isLocal ? theta : ropeScaling.apply(theta, i);
        }
        return frequencies;
    }

    /** Returns how many bytes of keys and values one token takes in all layers, with {@code bytes} a number. */
    public long kvBytesPerToken(int bytes) {
        return 2L * layers * kvWidth() * bytes;
    }
}
