package io.cocoon.engine.cuda;

import io.cocoon.engine.file.Halves;
import io.cocoon.engine.file.Tensor;
import io.cocoon.engine.file.WeightType;
import io.cocoon.engine.model.Architecture;
import io.cocoon.engine.model.LayerWeights;
import io.cocoon.engine.model.Model;
import io.cocoon.engine.model.ModelShape;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;
import java.util.function.IntUnaryOperator;
import java.util.stream.Stream;

/** A model in device memory: matrices that are multiplied together are one. */
final class CudaWeights {

    private final ModelShape shape;
    private final WeightPacker packer;
    private final WeightPrecision precision;
    private final List<Layer> layers = new ArrayList<>();

    final DeviceMatrix embedding;
    final DeviceMatrix head;
    final Gpu.Region finalNorm;
    final Gpu.Region frequencies;
    final float embeddingScale;

    /** A matrix whose outputs begin at {@code offset} of a wider row. */
    record Part(DeviceMatrix matrix, int offset) {}

    /** One block; a region without bytes is a vector that this family does not have. */
    record Layer(
            Gpu.Region attentionNorm,
            List<Part> qkv,
            Gpu.Region qkvBias,
            Gpu.Region queryNorm,
            Gpu.Region keyNorm,
            DeviceMatrix output,
            Gpu.Region postAttentionNorm,
            Gpu.Region feedForwardNorm,
            DeviceMatrix gateAndUp,
            DeviceMatrix down,
            Gpu.Region postFeedForwardNorm) {}

    CudaWeights(Gpu gpu, Model model, WeightPrecision precision, IntConsumer progress) {
        shape = model.shape();
        this.precision = precision;
        packer = new WeightPacker(gpu);
        Tensor rows = model.weights().embedding();
        embedding = vocabulary(rows);
        head = model.weights().head() == rows
                ? embedding
                : vocabulary(model.weights().head());
        finalNorm = packer.upload(
                WeightPacker.vector(model.weights().finalNorm(), model.weights().normOffset()));
        embeddingScale = shape.architecture() == Architecture.GEMMA3 ? embeddingScale(rows.type()) : 1;
        frequencies = frequencies(gpu);
        for (int i = 0; i < shape.layers(); i++) {
            layers.add(layer(
                    model.weights().layers().get(i),
                    model.weights().normOffset(),
                    model.weights().interleavedHeads()));
            progress.accept(i + 1);
        }
    }

    /** All matrices of a model, the embedding twice if it is the head too. */
    static Stream<Tensor> matrices(Model model) {
        Stream<Tensor> outer =
                Stream.of(model.weights().embedding(), model.weights().head());
        Stream<Tensor> inner = model.weights().layers().stream()
                .flatMap(layer -> Stream.of(
                        layer.query(),
                        layer.key(),
                        layer.value(),
                        layer.output(),
                        layer.gate(),
                        layer.up(),
                        layer.down()));
        return Stream.concat(outer, inner);
    }

    Layer layer(int index) {
        return layers.get(index);
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

    /** Those of global layers, then those of local ones; the same twice if there is only one kind. */
    private Gpu.Region frequencies(Gpu gpu) {
        int global = Math.max(0, shape.local().indexOf(false));
        int local = Math.max(0, shape.local().indexOf(true));
        double[] first = shape.frequencies(global);
        double[] second = shape.frequencies(local);
        ByteBuffer staged = Gpu.direct((first.length + second.length) * Double.BYTES);
        staged.asDoubleBuffer().put(first).put(second);
        Gpu.Region region = gpu.allocate(staged.capacity());
        gpu.upload(region, 0, staged, staged.capacity());
        return region;
    }

    private DeviceMatrix vocabulary(Tensor tensor) {
        return whole(tensor, WeightFormat.ofVocabulary(tensor.type(), precision), IntUnaryOperator.identity());
    }

    private DeviceMatrix whole(Tensor tensor) {
        return whole(tensor, IntUnaryOperator.identity());
    }

    private DeviceMatrix whole(Tensor tensor, IntUnaryOperator order) {
        return whole(tensor, WeightFormat.of(tensor.type(), precision), order);
    }

    private DeviceMatrix whole(Tensor tensor, WeightFormat format, IntUnaryOperator order) {
        return packer.upload(
                format,
                Math.toIntExact(tensor.rows()),
                Math.toIntExact(tensor.columns()),
                row -> new WeightPacker.Source(tensor, order.applyAsInt(row)));
    }

    private Gpu.Region optional(Optional<Tensor> tensor, float offset) {
        return packer.upload(
                tensor.map(each -> WeightPacker.vector(each, offset)).orElse(null));
    }

    private Layer layer(LayerWeights from, float offset, boolean interleaved) {
        return new Layer(
                packer.upload(WeightPacker.vector(from.attentionNorm(), offset)),
                qkv(from, interleaved ? this::halves : IntUnaryOperator.identity()),
                qkvBias(from),
                optional(from.queryNorm(), offset),
                optional(from.keyNorm(), offset),
                whole(from.output()),
                optional(from.postAttentionNorm(), offset),
                packer.upload(WeightPacker.vector(from.feedForwardNorm(), offset)),
                gateAndUp(from.gate(), from.up()),
                whole(from.down()),
                optional(from.postFeedForwardNorm(), offset));
    }

    /** The row of a file that rotates neighbours for a row that rotates halves. */
    private int halves(int row) {
        int half = shape.headSize() / 2;
        int in = row % shape.headSize();
        return row - in + 2 * (in % half) + in / half;
    }

    private List<Part> qkv(LayerWeights from, IntUnaryOperator order) {
        int q = shape.queryWidth();
        int kv = shape.kvWidth();
        if (from.query().type() != from.key().type()
                || from.key().type() != from.value().type()) {
            return List.of(
                    new Part(whole(from.query(), order), 0),
                    new Part(whole(from.key(), order), q),
                    new Part(whole(from.value()), q + kv));
        }
        return List.of(new Part(
                packer.upload(WeightFormat.of(from.query().type(), precision), q + 2 * kv, shape.hidden(), row -> {
                    if (row < q) {
                        return new WeightPacker.Source(from.query(), order.applyAsInt(row));
                    }
                    return row < q + kv
                            ? new WeightPacker.Source(from.key(), order.applyAsInt(row - q))
                            : new WeightPacker.Source(from.value(), row - q - kv);
                }),
                0));
    }

    private Gpu.Region qkvBias(LayerWeights from) {
        if (from.queryBias().isEmpty()
                || from.keyBias().isEmpty()
                || from.valueBias().isEmpty()) {
            return Gpu.Region.NONE;
        }
        float[] all = new float[shape.queryWidth() + 2 * shape.kvWidth()];
        int at = 0;
        for (Tensor each : List.of(
                from.queryBias().get(), from.keyBias().get(), from.valueBias().get())) {
            float[] part = WeightPacker.vector(each, 0);
            System.arraycopy(part, 0, all, at, part.length);
            at += part.length;
        }
        return packer.upload(all);
    }

    /** Tiles of gate and up take turns, so that one block has both of an output. */
    private DeviceMatrix gateAndUp(Tensor gate, Tensor up) {
        WeightFormat format = WeightFormat.ofPair(gate.type(), up.type(), precision);
        int tile = WeightFormat.TILE;
        return packer.upload(format, 2 * shape.feedForward(), shape.hidden(), row -> {
            int pair = row / (2 * tile);
            return new WeightPacker.Source(row / tile % 2 == 0 ? gate : up, pair * tile + row % tile);
        });
    }
}
