package io.cocoon.engine.file;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Reads safetensors files: a length, a JSON header that names each tensor's type, shape and range, and the data, which the
 * ranges cover without gap or overlap.
 */
final class SafetensorsFile {

    /** The format's own bound of the header. */
    static final int MAX_HEADER_BYTES = 100_000_000;

    /** More dimensions than any model has. */
    static final int MAX_DIMENSIONS = 8;

    private static final Map<String, Integer> ELEMENT_BYTES = Map.ofEntries(
            Map.entry("F64", 8),
            Map.entry("F32", 4),
            Map.entry("F16", 2),
            Map.entry("BF16", 2),
            Map.entry("F8_E4M3", 1),
            Map.entry("F8_E5M2", 1),
            Map.entry("I64", 8),
            Map.entry("I32", 4),
            Map.entry("I16", 2),
            Map.entry("I8", 1),
            Map.entry("U64", 8),
            Map.entry("U32", 4),
            Map.entry("U16", 2),
            Map.entry("U8", 1),
            Map.entry("BOOL", 1));

    /**
     * What a file holds.
     *
     * @param tensors matrices and vectors of weights, by name; those of type FP8 without their scales
     * @param others of all others what they are, by name
     */
    record Contents(Map<String, Tensor> tensors, Map<String, String> others) {}

    private record Entry(String name, String dtype, long[] shape, long begin, long end) {}

    private SafetensorsFile() {}

    /**
     * Maps the matrices and vectors of weights in a file; tensors of other types are checked and not mapped.
     *
     * @throws ModelFormatException if the file breaks a rule of the format
     */
    static Contents read(Path path) throws IOException {
        try (MappedFile file = MappedFile.open(path)) {
            if (file.size() < 8) {
                throw file.problem("has " + file.size() + " bytes, which leaves no room for the length of the header");
            }
            long headerBytes = file.read(0, 8).getLong();
            if (headerBytes < 2 || headerBytes > MAX_HEADER_BYTES || headerBytes > file.size() - 8) {
                throw file.problem("the header would have " + Long.toUnsignedString(headerBytes) + " bytes; at most "
                        + Math.min(MAX_HEADER_BYTES, file.size() - 8) + " are possible");
            }
            ByteBuffer header = file.read(8, (int) headerBytes);
            if (header.get(0) != '{') {
                throw file.problem("the header does not begin with an object");
            }
            JsonNode entries = StrictJson.parseObject(header.array(), 0, (int) headerBytes, path + ", header");
            return map(file, entries, 8 + headerBytes);
        }
    }

    private static Contents map(MappedFile file, JsonNode header, long dataStart) throws IOException {
        List<Entry> entries = new ArrayList<>();
        for (Map.Entry<String, JsonNode> member : header.properties()) {
            if (member.getKey().equals("__metadata__")) {
                checkMetadata(file, member.getValue());
            } else {
                entries.add(entry(file, member.getKey(), member.getValue()));
            }
        }
        checkTiling(file, entries, file.size() - dataStart);
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        Map<String, String> others = new HashMap<>();
        for (Entry entry : entries) {
            WeightType type = switch (entry.dtype) {
                case "F32" -> WeightType.F32;
                case "F16" -> WeightType.F16;
                case "BF16" -> WeightType.BF16;
                case "F8_E4M3" -> WeightType.FP8;
                default -> null;
            };
            if (type != null && entry.shape.length <= 2) {
                long columns = entry.shape.length == 0 ? 1 : entry.shape[entry.shape.length - 1];
                long rows = entry.shape.length == 2 ? entry.shape[0] : 1;
                tensors.put(entry.name, file.map(entry.name, type, rows, columns, dataStart + entry.begin));
            } else {
                others.put(entry.name, entry.dtype + " with " + entry.shape.length + " dimensions");
            }
        }
        return new Contents(tensors, others);
    }

    private static void checkMetadata(MappedFile file, JsonNode metadata) throws ModelFormatException {
        if (!metadata.isObject()) {
            throw file.problem("__metadata__ is no object");
        }
        for (Map.Entry<String, JsonNode> each : metadata.properties()) {
            if (!each.getValue().isTextual()) {
                throw file.problem("__metadata__ value '" + each.getKey() + "' is no string");
            }
        }
    }

    private static Entry entry(MappedFile file, String name, JsonNode value) throws ModelFormatException {
        String dtype = value.path("dtype").asText("");
        Integer elementBytes = ELEMENT_BYTES.get(dtype);
        if (elementBytes == null) {
            throw file.problem("tensor " + name + " has the unknown dtype '" + dtype.toLowerCase(Locale.ROOT) + "'");
        }
        JsonNode dimensions = value.path("shape");
        if (!dimensions.isArray() || dimensions.size() > MAX_DIMENSIONS) {
            throw file.problem("tensor " + name + " needs a shape of at most " + MAX_DIMENSIONS + " dimensions");
        }
        long[] shape = new long[dimensions.size()];
        long bytes = elementBytes;
        for (int i = 0; i < shape.length; i++) {
            shape[i] = whole(file, name, dimensions.get(i), "dimension");
            try {
                bytes = Math.multiplyExact(bytes, shape[i]);
            } catch (ArithmeticException e) {
                throw new ModelFormatException(
                        file.name() + ": tensor " + name + " has more elements than a number holds", e);
            }
        }
        JsonNode range = value.path("data_offsets");
        if (!range.isArray() || range.size() != 2) {
            throw file.problem("tensor " + name + " needs two data_offsets");
        }
        long begin = whole(file, name, range.get(0), "offset");
        long end = whole(file, name, range.get(1), "offset");
        if (begin > end || end - begin != bytes) {
            throw file.problem("tensor " + name + " has the range " + begin + " to " + end + ", but its shape takes "
                    + bytes + " bytes");
        }
        return new Entry(name, dtype, shape, begin, end);
    }

    private static long whole(MappedFile file, String tensor, JsonNode number, String what)
            throws ModelFormatException {
        if (!number.isIntegralNumber() || !number.canConvertToLong() || number.longValue() < 0) {
            throw file.problem(
                    "tensor " + tensor + " has the " + what + " " + number + "; wanted a whole number from 0 on");
        }
        return number.longValue();
    }

    private static void checkTiling(MappedFile file, List<Entry> entries, long dataBytes) throws ModelFormatException {
        List<Entry> sorted = new ArrayList<>(entries);
        sorted.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
        long at = 0;
        for (Entry entry : sorted) {
            if (entry.begin != at) {
                throw file.problem("tensor " + entry.name + " begins at " + entry.begin
                        + " of the data, the one before it ends at " + at);
            }
            at = entry.end;
        }
        if (at != dataBytes) {
            throw file.problem("the tensors take " + at + " bytes, the file has " + dataBytes + " behind its header");
        }
    }
}
