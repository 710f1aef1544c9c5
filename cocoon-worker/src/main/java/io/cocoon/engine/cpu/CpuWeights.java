package io.cocoon.engine.cpu;

import io.cocoon.engine.file.Halves;
import io.cocoon.engine.file.Tensor;
import io.cocoon.engine.file.WeightType;
import io.cocoon.engine.model.Architecture;
import io.cocoon.engine.model.LayerWeights;
import io.cocoon.engine.model.Model;
import io.cocoon.engine.model.ModelShape;
import io.cocoon.engine.model.ModelWeights;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/** A model in the heap, with what is multiplied by the same activations put together, and norms widened. Immutable. */
final class CpuWeights {

    private final ModelShape shape;
    private final Kernels kernels;
    final Weights embedding;
    final Projection head;
    final float[] finalNorm;
    final float embeddingScale;
    final List<Layer> layers = new ArrayList<>();

    /** One block. */
    record Layer(
            float[] attentionNorm,
            Projection queryKeyValue,
            float @Nullable [] bias,
            Projection output,
            float @Nullable [] queryNorm,
            float @Nullable [] keyNorm,
            float @Nullable [] postAttentionNorm,
            float[] feedForwardNorm,
            Projection gateUp,
            Projection down,
            float @Nullable [] postFeedForwardNorm,
            boolean local) {}

    CpuWeights(Model model, Kernels kernels, IntConsumer progress) {
        this.kernels = kernels;
        shape = model.shape();
        ModelWeights weights = model.weights();
        embedding = load(weights.embedding());
        head = new Projection(weights.head() == weights.embedding() ? embedding : load(weights.head()));
        finalNorm = Matrix.vector(weights.finalNorm(), weights.normOffset());
        embeddingScale = shape.architecture() == Architecture.GEMMA3 ? embeddingScale(embedding.type()) : 1;
        for (int i = 0; i < shape.layers(); i++) {
            layers.add(layer(weights, i));
            progress.accept(i + 1);
        }
    }

    /** Returns how many bytes of heap the matrices of a model take. */
    static long bytes(Model model, Kernels kernels) {
        ModelWeights weights = model.weights();
        long sum = kernels.bytes(weights.embedding());
        sum += weights.head() == weights.embedding() ? 0 : kernels.bytes(weights.head());
        for (LayerWeights layer : weights.layers()) {
            for (Tensor each : List.of(
                    layer.query(),
                    layer.key(),
                    layer.value(),
                    layer.output(),
                    layer.gate(),
                    layer.up(),
                    layer.down())) {
                sum += kernels.bytes(each);
            }
        }
        return sum;
    }

    /** The scale is rounded to the type of the weights, because the models were trained so. */
    private float embeddingScale(WeightType type) {
        float scale = (float) Math.sqrt(shape.hidden());
        return switch (type) {
            case BF16 -> Halves.roundToBfloat(scale);
            case F16 -> Halves.roundToHalf(scale);
            default -> scale;
        };
    }

    private Weights load(Tensor tensor) {
        return kernels.load(tensor, IntUnaryOperator.identity());
    }

    private Layer layer(ModelWeights weights, int index) {
        LayerWeights from = weights.layers().get(index);
        float offset = weights.normOffset();
        IntUnaryOperator order = weights.interleavedHeads() ? this::halves : IntUnaryOperator.identity();
        return new Layer(
                Matrix.vector(from.attentionNorm(), offset),
                new Projection(kernels.load(from.query(), order), kernels.load(from.key(), order), load(from.value())),
                bias(from),
                new Projection(load(from.output())),
                optional(from.queryNorm(), offset),
                optional(from.keyNorm(), offset),
                optional(from.postAttentionNorm(), offset),
                Matrix.vector(from.feedForwardNorm(), offset),
                new Projection(load(from.gate()), load(from.up())),
                new Projection(load(from.down())),
                optional(from.postFeedForwardNorm(), offset),
                shape.local().get(index));
    }

    private static float @Nullable [] optional(Optional<Tensor> tensor, float offset) {
        return tensor.map(each -> Matrix.vector(each, offset)).orElse(null);
    }

    private float @Nullable [] bias(LayerWeights from) {
        if (from.queryBias().isEmpty()
                && from.keyBias().isEmpty()
                && from.valueBias().isEmpty()) {
            return null;
        }
        float[] all = new float[shape.queryWidth() + 2 * shape.kvWidth()];
        copy(from.queryBias(), all, 0);
        copy(from.keyBias(), all, shape.queryWidth());
        copy(from.valueBias(), all, shape.queryWidth() + shape.kvWidth());
        return all;
    }

    private static void copy(Optional<Tensor> tensor, float[] to, int at) {
        tensor.map(each -> Matrix.vector(each, 0)).ifPresent(bias -> System.arraycopy(bias, 0, to, at, bias.length));
    }

    /** The row of a file that rotates neighbours for a row that rotates halves. */
    private int halves(int row) {
        int half = shape.headSize() / 2;
        int in = row % shape.headSize();
        return row - in + 2 * (in % half) + in / half;
    }
}
