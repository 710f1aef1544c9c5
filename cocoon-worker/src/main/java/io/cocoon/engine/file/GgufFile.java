package io.cocoon.engine.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads GGUF files of versions 2 and 3: typed metadata, tensor descriptions, aligned data. Every count is held against what
 * the rest of the file can contain before memory is taken for it.
 */
final class GgufFile {

    private static final int MAGIC = 0x46554747;
    private static final int MAX_DIMENSIONS = 4;
    private static final int MAX_ARRAY_DEPTH = 4;

    /** The part of a file that is read for its header at most; the largest vocabularies take some 10 MiB. */
    static final int MAX_HEADER_BYTES = 256 << 20;

    private static final int DEFAULT_ALIGNMENT = 32;

    private record Description(String name, WeightType type, long rows, long columns, long offset) {}

    private final MappedFile file;
    private final ByteBuffer in;

    private GgufFile(MappedFile file, ByteBuffer in) {
        this.file = file;
        this.in = in;
    }

    /** What a file holds: metadata as String, Long, Double, Boolean or List, and the tensors by name. */
    record Contents(Map<String, Object> metadata, Map<String, Tensor> tensors) {}

    static Contents read(Path path) throws IOException {
        try (MappedFile file = MappedFile.open(path)) {
            ByteBuffer head = file.read(0, (int) Math.min(file.size(), MAX_HEADER_BYTES));
            return new GgufFile(file, head.order(ByteOrder.LITTLE_ENDIAN)).contents();
        }
    }

    private Contents contents() throws IOException {
        if (int32("magic") != MAGIC) {
            throw file.problem("no GGUF file: it does not begin with 'GGUF'");
        }
        int version = int32("version");
        if (version != 2 && version != 3) {
            String hint = Integer.reverseBytes(version) <= 3 && version != 1 ? " (a big-endian file?)" : "";
            throw file.problem(
                    "GGUF version " + Integer.toUnsignedString(version) + hint + "; versions 2 and 3 are supported");
        }
        long tensors = count("tensors", 8 + 4 + 8 + 4 + 8);
        long pairs = count("metadata", 8 + 4 + 1);
        Map<String, Object> metadata = new LinkedHashMap<>();
        for (long i = 0; i < pairs; i++) {
            String key = string("metadata key");
            if (metadata.put(key, value(int32("type of " + key), key, 0)) != null) {
                throw file.problem("the metadata key '" + key + "' is there twice");
            }
        }
        long alignment = alignment(metadata.get("general.alignment"));
        Map<String, Description> described = new LinkedHashMap<>();
        for (long i = 0; i < tensors; i++) {
            Description each = description();
            if (described.put(each.name, each) != null) {
                throw file.problem("tensor " + each.name + " is there twice");
            }
        }
        long dataStart = Math.multiplyExact(Math.addExact(in.position(), alignment - 1L) / alignment, alignment);
        return new Contents(metadata, map(described, dataStart, alignment));
    }

    private Map<String, Tensor> map(Map<String, Description> described, long dataStart, long alignment)
            throws IOException {
        Map<String, Tensor> tensors = new HashMap<>();
        for (Description each : described.values()) {
            if (each.offset < 0 || each.offset % alignment != 0) {
                throw file.problem("tensor " + each.name + " begins at " + Long.toUnsignedString(each.offset)
                        + ", which is no multiple of the alignment " + alignment);
            }
            long bytes = multiply(each.rows, each.type.rowBytes(each.columns), each.name);
            if (bytes > file.size() - dataStart || each.offset > file.size() - dataStart - bytes) {
                throw file.problem("tensor " + each.name + " takes " + bytes + " bytes from " + each.offset
                        + " on; the file has " + Math.max(0, file.size() - dataStart) + " bytes of data");
            }
            tensors.put(each.name, file.map(each.name, each.type, each.rows, each.columns, dataStart + each.offset));
        }
        return tensors;
    }

    private Description description() throws ModelFormatException {
        String name = string("tensor name");
        int dimensions = int32("dimensions of " + name);
        if (dimensions < 1 || dimensions > MAX_DIMENSIONS) {
            throw file.problem("tensor " + name + " has " + Integer.toUnsignedString(dimensions) + " dimensions; 1 to "
                    + MAX_DIMENSIONS + " are possible");
        }
        long[] sizes = new long[dimensions];
        long product = 1;
        for (int i = 0; i < dimensions; i++) {
            sizes[i] = int64("dimension of " + name);
            if (sizes[i] < 1) {
                throw file.problem("tensor " + name + " has a dimension of " + Long.toUnsignedString(sizes[i]));
            }
            product = multiply(product, sizes[i], name);
        }
        int id = int32("type of " + name);
        long offset = int64("offset of " + name);
        WeightType type = switch (id) {
            case 0 -> WeightType.F32;
            case 1 -> WeightType.F16;
            case 2 -> WeightType.Q4_0;
            case 8 -> WeightType.Q8_0;
            case 12 -> WeightType.Q4_K;
            case 14 -> WeightType.Q6_K;
            case 30 -> WeightType.BF16;
            default ->
                throw file.problem("tensor " + name + " has type " + Integer.toUnsignedString(id)
                        + "; F32, F16, BF16, Q4_0, Q8_0, Q4_K and Q6_K are supported");
        };
        if (sizes[0] % type.blockWeights() != 0) {
            throw file.problem("tensor " + name + " has rows of " + sizes[0] + " weights, which is no whole number of "
                    + type + " blocks of " + type.blockWeights());
        }
        // The first size is that of a row here: the reverse of safetensors.
        return new Description(name, type, product / sizes[0], sizes[0], offset);
    }

    private long alignment(@Nullable Object stated) throws ModelFormatException {
        if (stated == null) {
            return DEFAULT_ALIGNMENT;
        }
        if (!(stated instanceof Long alignment) || alignment < 8 || alignment % 8 != 0 || alignment > 1 << 20) {
            throw file.problem("general.alignment is " + stated + "; wanted a multiple of 8 up to " + (1 << 20));
        }
        return alignment;
    }

    private Object value(int type, String key, int depth) throws ModelFormatException {
        return switch (type) {
            case 0 -> (long) Byte.toUnsignedInt(int8(key));
            case 1 -> (long) int8(key);
            case 2 -> (long) Short.toUnsignedInt(int16(key));
            case 3 -> (long) int16(key);
            case 4 -> Integer.toUnsignedLong(int32(key));
            case 5 -> (long) int32(key);
            case 6 -> (double) Float.intBitsToFloat(int32(key));
            case 7 -> bool(key);
            case 8 -> string(key);
            case 9 -> array(key, depth);
            case 10, 11 -> int64(key);
            case 12 -> Double.longBitsToDouble(int64(key));
            default ->
                throw file.problem("metadata '" + key + "' has the unknown type " + Integer.toUnsignedString(type));
        };
    }

    private List<Object> array(String key, int depth) throws ModelFormatException {
        if (depth >= MAX_ARRAY_DEPTH) {
            throw file.problem("metadata '" + key + "' nests arrays deeper than " + MAX_ARRAY_DEPTH);
        }
        int type = int32(key);
        int least = switch (type) {
            case 2, 3 -> 2;
            case 4, 5, 6 -> 4;
            case 8, 10, 11, 12 -> 8;
            case 9 -> 12;
            default -> 1;
        };
        long length = count("'" + key + "'", least);
        List<Object> items = new ArrayList<>((int) length);
        for (long i = 0; i < length; i++) {
            items.add(value(type, key, depth + 1));
        }
        return items;
    }

    private boolean bool(String key) throws ModelFormatException {
        byte value = int8(key);
        if (value != 0 && value != 1) {
            throw file.problem("metadata '" + key + "' is neither true nor false but " + value);
        }
        return value == 1;
    }

    private String string(String what) throws ModelFormatException {
        long length = int64("length of " + what);
        if (length < 0 || length > in.remaining()) {
            throw file.problem(
                    what + " would have " + Long.toUnsignedString(length) + " bytes; " + in.remaining() + " are left");
        }
        ByteBuffer bytes = in.slice(in.position(), (int) length);
        in.position(in.position() + (int) length);
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
        } catch (CharacterCodingException e) {
            throw new ModelFormatException(file.name() + ": " + what + " is no UTF-8", e);
        }
    }

    /** Reads a count of things that take at least {@code leastBytes} each. */
    private long count(String what, int leastBytes) throws ModelFormatException {
        long count = int64("count of " + what);
        if (count < 0 || count > in.remaining() / leastBytes) {
            throw file.problem("count of " + what + " is " + Long.toUnsignedString(count) + "; the " + in.remaining()
                    + " bytes that are left hold at most " + in.remaining() / leastBytes);
        }
        return count;
    }

    private long multiply(long a, long b, String tensor) throws ModelFormatException {
        try {
            return Math.multiplyExact(a, b);
        } catch (ArithmeticException e) {
            throw new ModelFormatException(
                    file.name() + ": tensor " + tensor + " has more elements than a number holds", e);
        }
    }

    private void need(int bytes, String what) throws ModelFormatException {
        if (in.remaining() < bytes) {
            throw file.problem("ends inside the header, at " + what);
        }
    }

    private byte int8(String what) throws ModelFormatException {
        need(1, what);
        return in.get();
    }

    private short int16(String what) throws ModelFormatException {
        need(2, what);
        return in.getShort();
    }

    private int int32(String what) throws ModelFormatException {
        need(4, what);
        return in.getInt();
    }

    private long int64(String what) throws ModelFormatException {
        need(8, what);
        return in.getLong();
    }
}
