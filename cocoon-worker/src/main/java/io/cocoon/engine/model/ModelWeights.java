package io.cocoon.engine.model;

import io.cocoon.engine.file.Tensor;
import java.util.List;

/**
 * All weights of a model, by role. Immutable.
 *
 * @param embedding one row for each token
 * @param finalNorm before the head
 * @param head one row for each token; the embedding itself if they are tied
 * @param layers in order
 * @param normOffset what has to be added to the weights of all norms: 1 for Gemma's own files, else 0
 * @param interleavedHeads whether the rows of query and key heads are stored for rotation of neighbours, as converters to
 *     GGUF do for Llama; a backend puts them into the order of halves
 */
public record ModelWeights(
        Tensor embedding,
        Tensor finalNorm,
        Tensor head,
        List<LayerWeights> layers,
        float normOffset,
        boolean interleavedHeads) {

    public ModelWeights {
        layers = List.copyOf(layers);
    }

    /** Returns how many bytes the weights take in their files. */
    public long bytes() {
        long sum = embedding.bytes() + finalNorm.bytes() + (head == embedding ? 0 : head.bytes());
        for (LayerWeights layer : layers) {
            sum += layer.query().bytes()
                    + layer.key().bytes()
                    + layer.value().bytes()
                    + layer.output().bytes();
            sum += layer.gate().bytes() + layer.up().bytes() + layer.down().bytes();
        }
        return sum;
    }
}
