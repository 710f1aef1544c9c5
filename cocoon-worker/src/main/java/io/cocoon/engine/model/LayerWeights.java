package io.cocoon.engine.model;

import io.cocoon.engine.file.Tensor;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The weights of one block, by role. Norms are vectors; projections have one row for each output. Immutable.
 */
public record LayerWeights(
        Tensor attentionNorm,
        Tensor query,
        Tensor key,
        Tensor value,
        Tensor output,
        Optional<Tensor> queryBias,
        Optional<Tensor> keyBias,
        Optional<Tensor> valueBias,
        Optional<Tensor> queryNorm,
        Optional<Tensor> keyNorm,
        Optional<Tensor> postAttentionNorm,
        Tensor feedForwardNorm,
        Tensor gate,
        Tensor up,
        Tensor down,
        Optional<Tensor> postFeedForwardNorm) {

    /** Returns those that there are. */
    Stream<Tensor> tensors() {
        return Stream.concat(
                Stream.of(attentionNorm, query, key, value, output, feedForwardNorm, gate, up, down),
                Stream.of(queryBias, keyBias, valueBias, queryNorm, keyNorm, postAttentionNorm, postFeedForwardNorm)
                        .flatMap(Optional::stream));
    }
}
