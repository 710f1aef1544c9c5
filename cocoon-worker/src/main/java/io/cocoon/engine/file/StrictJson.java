package io.cocoon.engine.file;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** JSON files of a model: bounded in size and depth, no name twice, nothing behind the document. */
public final class StrictJson {

    /** Largest JSON file that is read: the tokenizers of today have up to 35 MiB. */
    public static final int MAX_BYTES = 128 << 20;

    /** How deep objects and arrays may nest. */
    public static final int MAX_DEPTH = 64;

    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .maxStringLength(MAX_BYTES)
                            .maxNameLength(1 << 16)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private StrictJson() {}

    /**
     * Reads a file that holds one object.
     *
     * @throws ModelFormatException if it is absent, too large, no JSON or no object
     */
    public static JsonNode readObject(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new ModelFormatException(file + " is absent");
        }
        long size = Files.size(file);
        if (size > MAX_BYTES) {
            throw new ModelFormatException(file + " has " + size + " bytes; at most " + MAX_BYTES + " are read");
        }
        return parseObject(Files.readAllBytes(file), 0, Math.toIntExact(size), file.toString());
    }

    /**
     * Parses a part of an array that holds one object.
     *
     * @param where what the array is, for messages
     * @throws ModelFormatException if it is no JSON or no object
     */
    public static JsonNode parseObject(byte[] text, int from, int length, String where) throws ModelFormatException {
        JsonNode node;
        try {
            node = MAPPER.readTree(text, from, length);
        } catch (JsonProcessingException e) {
            throw new ModelFormatException(where + ": no JSON that can be read: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new ModelFormatException(where + ": no JSON that can be read", e);
        }
        if (!node.isObject()) {
            throw new ModelFormatException(where + ": wanted a JSON object, found " + node.getNodeType());
        }
        return node;
    }
}
