package io.cocoon.engine.model;

import io.cocoon.engine.file.Tensor;
import java.util.Optional;

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
        Optional<Tensor> postFeedForwardNorm) {}
