import com.github.tjake.jlama.model.AbstractModel;
import com.github.tjake.jlama.model.ModelSupport;
import com.github.tjake.jlama.safetensors.DType;
import com.github.tjake.jlama.tensor.AbstractTensor;
import com.github.tjake.jlama.tensor.KvBufferCache;
import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Jlama as a process that is told what to do a line at a time: {@code decode N} or {@code prefill N}. Says {@code result RATE}, in
 * tokens a second; the first one when the model is loaded. Started from its source, with Java 21 or later. Types are its own defaults.
 */
public final class Jlama {

    private static final int PROMPT = 16;

    private final AbstractModel model;

    private Jlama(AbstractModel model) {
        this.model = model;
    }

    public static void main(String[] args) throws Exception {
        Jlama jlama = new Jlama(ModelSupport.loadModel(new File(args[0]), DType.F32, DType.I8));
        System.out.println("result 0");
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] words = line.split(" ");
            int tokens = Integer.parseInt(words[1]);
            System.out.println("result " + (words[0].equals("decode") ? jlama.decode(tokens) : jlama.prefill(tokens)));
        }
        System.exit(0);
    }

    private static int[] prompt(int tokens) {
        return IntStream.range(0, tokens).map(i -> 100 + i).toArray();
    }

    private int next(AbstractTensor hidden) {
        float[] logits = model.getLogits(hidden);
        int best = 0;
        for (int i = 1; i < logits.length; i++) {
            best = logits[i] > logits[best] ? i : best;
        }
        return best;
    }

    /** A long prompt is read in pieces, and only the last one comes back. */
    private int begin(KvBufferCache.KvBuffer cache, int tokens) {
        try (AbstractTensor all = model.batchForward(prompt(tokens), 0, cache);
                AbstractTensor last = all.slice(all.shape().first() - 1)) {
            return next(last);
        }
    }

    private double decode(int tokens) {
        try (KvBufferCache caches = new KvBufferCache(model);
                KvBufferCache.KvBuffer cache = caches.getEphemeralKvBuffer()) {
            int token = begin(cache, PROMPT);
            long start = System.nanoTime();
            for (int i = 0; i < tokens; i++) {
                try (AbstractTensor hidden = model.forward(token, PROMPT + i, cache, Optional.empty())) {
                    token = next(hidden);
                }
            }
            return tokens * 1e9 / (System.nanoTime() - start);
        }
    }

    private double prefill(int tokens) {
        try (KvBufferCache caches = new KvBufferCache(model);
                KvBufferCache.KvBuffer cache = caches.getEphemeralKvBuffer()) {
            long start = System.nanoTime();
            begin(cache, tokens);
            return tokens * 1e9 / (System.nanoTime() - start);
        }
    }
}
