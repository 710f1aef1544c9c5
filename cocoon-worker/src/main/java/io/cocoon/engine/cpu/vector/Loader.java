package io.cocoon.engine.cpu.vector;

import io.cocoon.engine.file.Scales;
import io.cocoon.engine.file.Tensor;
import io.cocoon.engine.file.WeightType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/** Packs a matrix as it is copied out of its file. */
final class Loader {

    private final Tensor tensor;
    private final IntUnaryOperator source;
    private final Packing packing;
    private final int rows;
    private final byte[] row;
    /** The scales of a row that do not lie in it. */
    private final float[] beside;

    private final List<int[]> pieces = new ArrayList<>();

    private Loader(Tensor tensor, IntUnaryOperator source, Packing packing) {
        this.tensor = tensor;
        this.source = source;
        this.packing = packing;
        rows = Math.toIntExact(tensor.rows());
        beside = new float[tensor.type() == WeightType.FP8 ? Scales.groups(tensor.columns()) : 0];
        row = new byte[Math.toIntExact(tensor.type().rowBytes(tensor.columns()))];
    }

    static PackedMatrix load(Tensor tensor, IntUnaryOperator source) {
        Packing packing = new Packing(tensor.type(), Math.toIntExact(tensor.columns()));
        PackedMatrix minima = null;
        if (tensor.type() == WeightType.Q4_K) {
            minima = new Loader(tensor, source, new Packing(WeightType.F32, packing.parts())).minima();
        }
        return new Loader(tensor, source, packing).matrix(minima);
    }

    private PackedMatrix matrix(@Nullable PackedMatrix minima) {
        for (int first = 0; first < rows; first += packing.pieceRows()) {
            int[] piece = piece(first);
            for (int i = 0; i < rows(first); i++) {
                read(first + i);
                packing.pack(row, piece, i);
                if (tensor.type() == WeightType.FP8) {
                    tensor.scales(source.applyAsInt(first + i), beside);
                }
                packing.packScales(this::scale, piece, i);
            }
            pieces.add(piece);
        }
        return new PackedMatrix(packing, rows, pieces, minima);
    }

    /** Returns the bits of the scale of a part of the row that was read. */
    private int scale(int part) {
        return switch (tensor.type()) {
            case Q8_0, Q4_0 -> Parts.halfScale(tensor.type(), row, part);
            case FP8 -> Float.floatToRawIntBits(beside[part * Parts.weights(WeightType.FP8) / Scales.COLUMNS]);
            default -> Float.floatToRawIntBits(Parts.scale(tensor.type(), row, part));
        };
    }

    private PackedMatrix minima() {
        int parts = packing.columns();
        ByteBuffer least = ByteBuffer.allocate(parts * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int first = 0; first < rows; first += packing.pieceRows()) {
            int[] piece = piece(first);
            for (int i = 0; i < rows(first); i++) {
                read(first + i);
                for (int part = 0; part < parts; part++) {
                    least.putFloat(part * Float.BYTES, Parts.minimum(row, part));
                }
                packing.pack(least.array(), piece, i);
            }
            pieces.add(piece);
        }
        return new PackedMatrix(packing, rows, pieces, null);
    }

    private int rows(int first) {
        return Math.min(packing.pieceRows(), rows - first);
    }

    private int tiles(int first) {
        return (rows(first) + Grid.ROWS - 1) / Grid.ROWS;
    }

    private int[] piece(int first) {
        return new int[tiles(first) * packing.grid().tileInts()];
    }

    private void read(int index) {
        tensor.row(source.applyAsInt(index)).get(row);
    }
}
