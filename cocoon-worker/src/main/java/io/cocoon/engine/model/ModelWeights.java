package io.cocoon.engine.model;

import io.cocoon.engine.file.Tensor;
import io.cocoon.engine.file.WeightType;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

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
        return tensors().mapToLong(Tensor::bytes).sum();
    }

    /** Returns how many numbers there are. */
    public long parameters() {
        return tensors().mapToLong(each -> each.rows() * each.columns()).sum();
    }

    /** Returns the type of most of them. */
    public WeightType mostlyOf() {
        Map<WeightType, Long> counts = tensors()
                .collect(Collectors.groupingBy(
                        Tensor::type, Collectors.summingLong(each -> each.rows() * each.columns())));
        return Collections.max(counts.entrySet(), Map.Entry.comparingByValue()).getKey();
    }

    private Stream<Tensor> tensors() {
        return Stream.concat(
                head == embedding ? Stream.of(embedding, finalNorm) : Stream.of(embedding, finalNorm, head),
                layers.stream().flatMap(LayerWeights::tensors));
    }
}
