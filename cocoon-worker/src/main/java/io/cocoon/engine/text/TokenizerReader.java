package io.cocoon.engine.text;

import com.fasterxml.jackson.databind.JsonNode;
import io.cocoon.engine.file.ModelFormatException;
import io.cocoon.engine.file.StrictJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads {@code tokenizer.json}. What it cannot do exactly, it refuses by name. Engine dossier 3. */
final class TokenizerReader {

    /** How many added tokens there may be. */
    static final int MAX_ADDED = 1 << 16;

    /** How many characters an added token may have. */
    static final int MAX_ADDED_LENGTH = 1 << 10;

    /** How many merges there may be. */
    static final int MAX_MERGES = 1 << 22;

    /** How many ids there may be. */
    static final int MAX_IDS = 1 << 22;

    /** How many tokens may be put around a text on either side. */
    static final int MAX_FRAME = 16;

    private static final String SPACE_MARK = String.valueOf(Characters.SPACE_MARK);

    private final String where;
    private final JsonNode root;
    private final JsonNode model;
    private final int embeddingRows;
    private final Map<String, Double> scores;
    private final Map<String, Integer> ids = new HashMap<>();
    private final Map<Integer, String> names = new HashMap<>();
    private final Map<Integer, AddedToken> added = new HashMap<>();
    private int size;

    private TokenizerReader(JsonNode root, String where, int embeddingRows, Map<String, Double> scores) {
        this.root = root;
        this.where = where;
        this.model = root.path("model");
        this.embeddingRows = Math.min(embeddingRows, MAX_IDS);
        this.scores = scores;
    }

    static Tokenizer read(Path file, int embeddingRows) throws IOException {
        return read(StrictJson.readObject(file), file.toString(), embeddingRows, Map.of());
    }

    static Tokenizer read(byte[] json, String where, int embeddingRows) throws ModelFormatException {
        JsonNode root = StrictJson.parseObject(json, 0, json.length, where);
        return read(root, where, embeddingRows, Map.of());
    }

    /**
     * Reads what a file said.
     *
     * @param scores for each token how early it is made of others; empty if a list of merges says so
     */
    static Tokenizer read(JsonNode root, String where, int embeddingRows, Map<String, Double> scores)
            throws ModelFormatException {
        return new TokenizerReader(root, where, embeddingRows, scores).tokenizer();
    }

    private ModelFormatException problem(String what) {
        return new ModelFormatException(where + ": " + what);
    }

    private ModelFormatException unsupported(String what, JsonNode found, String wanted) {
        String text = found.toString();
        String shown = text.length() > 200 ? text.substring(0, 200) + "..." : text;
        return problem(what + " " + shown + " is not supported; wanted " + wanted);
    }

    private Tokenizer tokenizer() throws ModelFormatException {
        refuseOtherModels();
        readVocabulary();
        readAddedTokens();
        Normalization normalization = normalization();
        boolean byteLevel = normalization != Normalization.SPACE_MARKS;
        requireDecoder(byteLevel);
        WordEncoder words = byteLevel ? byteLevelEncoder() : characterEncoder();
        MarkerFinder rawMarkers = new MarkerFinder();
        MarkerFinder normalizedMarkers = new MarkerFinder();
        Map<String, Integer> contents = new HashMap<>();
        for (AddedToken token : added.values()) {
            contents.put(token.content(), token.id());
            if (token.normalized() && normalization != Normalization.NONE) {
                normalizedMarkers.add(normalization.apply(token.content()), token);
            } else {
                rawMarkers.add(token.content(), token);
            }
        }
        List<Integer> prefix = new ArrayList<>();
        List<Integer> suffix = new ArrayList<>();
        readPostProcessor(root.path("post_processor"), prefix, suffix);
        return new Tokenizer(
                vocabulary(byteLevel),
                normalization,
                rawMarkers,
                normalizedMarkers,
                words,
                contents,
                prefix.stream().mapToInt(id -> id).toArray(),
                suffix.stream().mapToInt(id -> id).toArray());
    }

    private void refuseOtherModels() throws ModelFormatException {
        // Old files leave the type out.
        String type = model.path("type").asText("BPE");
        if (!model.isObject() || !type.equals("BPE")) {
            throw problem("a tokenizer model of type '" + type + "' is not supported; wanted BPE");
        }
        for (String name : List.of("continuing_subword_prefix", "end_of_word_suffix")) {
            if (!model.path(name).asText("").isEmpty() && !model.path(name).isNull()) {
                throw unsupported(name, model.path(name), "none");
            }
        }
        if (model.path("dropout").asDouble(0) != 0) {
            throw unsupported("dropout", model.path("dropout"), "none");
        }
    }

    private int id(JsonNode node, String token) throws ModelFormatException {
        if (!node.isInt() || node.intValue() < 0 || node.intValue() >= embeddingRows) {
            throw problem("token '" + token + "' has the id " + node + "; wanted 0 to " + (embeddingRows - 1)
                    + ", what the embedding has rows for");
        }
        size = Math.max(size, node.intValue() + 1);
        return node.intValue();
    }

    private void readVocabulary() throws ModelFormatException {
        JsonNode vocab = model.path("vocab");
        if (!vocab.isObject() || vocab.isEmpty()) {
            throw problem("model.vocab is absent or empty");
        }
        for (Map.Entry<String, JsonNode> entry : vocab.properties()) {
            int id = id(entry.getValue(), entry.getKey());
            String other = names.putIfAbsent(id, entry.getKey());
            if (other != null) {
                throw problem("tokens '" + other + "' and '" + entry.getKey() + "' have the same id " + id);
            }
            ids.put(entry.getKey(), id);
        }
    }

    private void readAddedTokens() throws ModelFormatException {
        JsonNode tokens = root.path("added_tokens");
        if (tokens.size() > MAX_ADDED) {
            throw problem("there are " + tokens.size() + " added tokens; at most " + MAX_ADDED + " are read");
        }
        for (JsonNode node : tokens) {
            String content = node.path("content").asText("");
            if (content.isEmpty() || content.length() > MAX_ADDED_LENGTH) {
                throw problem(
                        "an added token has " + content.length() + " characters; wanted 1 to " + MAX_ADDED_LENGTH);
            }
            int id = id(node.path("id"), content);
            String other = names.putIfAbsent(id, content);
            Integer otherId = ids.putIfAbsent(content, id);
            if (other != null && !other.equals(content) || otherId != null && otherId != id) {
                throw problem("added token '" + content + "' with the id " + id
                        + " contradicts another entry with this text or id");
            }
            added.put(
                    id,
                    new AddedToken(
                            id,
                            content,
                            node.path("special").asBoolean(),
                            node.path("normalized").asBoolean(),
                            node.path("lstrip").asBoolean(),
                            node.path("rstrip").asBoolean(),
                            node.path("single_word").asBoolean()));
        }
    }

    private boolean isMarker(int id) {
        AddedToken token = added.get(id);
        return token != null && token.marker();
    }

    private Normalization normalization() throws ModelFormatException {
        JsonNode normalizer = root.path("normalizer");
        if (normalizer.path("type").asText().equals("Sequence")
                && normalizer.path("normalizers").size() == 1) {
            normalizer = normalizer.path("normalizers").path(0);
        }
        if (normalizer.isMissingNode() || normalizer.isNull()) {
            return Normalization.NONE;
        }
        return switch (normalizer.path("type").asText()) {
            case "NFC" -> Normalization.NFC;
            case "Replace" -> {
                if (!normalizer.path("pattern").path("String").asText().equals(" ")
                        || !normalizer.path("content").asText().equals(SPACE_MARK)) {
                    throw unsupported("normalizer", normalizer, "Replace of a space by U+2581");
                }
                yield Normalization.SPACE_MARKS;
            }
            default -> throw unsupported("normalizer", normalizer, "NFC, Replace of a space by U+2581, or none");
        };
    }

    private void requireDecoder(boolean byteLevel) throws ModelFormatException {
        JsonNode decoder = root.path("decoder");
        if (byteLevel) {
            if (!decoder.path("type").asText().equals("ByteLevel")) {
                throw unsupported("decoder", decoder, "ByteLevel");
            }
            return;
        }
        JsonNode parts = decoder.path("decoders");
        if (!decoder.path("type").asText().equals("Sequence")
                || parts.size() != 3
                || !parts.path(0).path("type").asText().equals("Replace")
                || !parts.path(0).path("pattern").path("String").asText().equals(SPACE_MARK)
                || !parts.path(0).path("content").asText().equals(" ")
                || !parts.path(1).path("type").asText().equals("ByteFallback")
                || !parts.path(2).path("type").asText().equals("Fuse")) {
            throw unsupported("decoder", decoder, "Replace of U+2581 by a space, ByteFallback, Fuse");
        }
    }

    private WordScanner scanner() throws ModelFormatException {
        JsonNode whole = root.path("pre_tokenizer");
        JsonNode split = whole.path("pretokenizers").path(0);
        JsonNode bytes = whole.path("pretokenizers").path(1);
        if (!whole.path("type").asText().equals("Sequence")
                || whole.path("pretokenizers").size() != 2
                || !split.path("type").asText().equals("Split")
                || !split.path("behavior").asText().equals("Isolated")
                || split.path("invert").asBoolean()
                || !bytes.path("type").asText().equals("ByteLevel")
                || bytes.path("add_prefix_space").asBoolean(true)
                || bytes.path("use_regex").asBoolean(true)) {
            throw unsupported(
                    "pre_tokenizer", whole, "Split by the pattern of Qwen or Llama 3, and ByteLevel without a pattern");
        }
        String pattern = split.path("pattern").path("Regex").asText();
        if (pattern.equals(WordScanner.QWEN)) {
            return new WordScanner(1);
        }
        if (pattern.equals(WordScanner.LLAMA3)) {
            return new WordScanner(3);
        }
        throw unsupported("the pre_tokenizer's pattern", split.path("pattern"), "that of Qwen or of Llama 3");
    }

    private WordEncoder byteLevelEncoder() throws ModelFormatException {
        int[] byteIds = new int[256];
        for (int b = 0; b < 256; b++) {
            Integer id = ids.get(ByteLevelEncoder.nameOf(b));
            if (id == null || isMarker(id)) {
                throw problem("the vocabulary has no token of its own for the byte " + b);
            }
            byteIds[b] = id;
        }
        Map<String, Integer> wholeWords = new HashMap<>();
        if (model.path("ignore_merges").asBoolean()) {
            ids.forEach((name, id) -> {
                if (!isMarker(id)) {
                    wholeWords.put(new String(ByteLevelEncoder.bytesOf(name), StandardCharsets.ISO_8859_1), id);
                }
            });
        }
        return new ByteLevelEncoder(scanner(), merges(), byteIds, wholeWords);
    }

    private WordEncoder characterEncoder() throws ModelFormatException {
        JsonNode split = root.path("pre_tokenizer");
        // With every space replaced, a split at spaces does nothing.
        if (!split.isMissingNode()
                && !split.isNull()
                && !(split.path("type").asText().equals("Split")
                        && split.path("pattern").path("String").asText().equals(" "))) {
            throw unsupported("pre_tokenizer", split, "Split at spaces, or none");
        }
        if (model.path("ignore_merges").asBoolean()) {
            throw unsupported("ignore_merges", model.path("ignore_merges"), "false for this kind of tokenizer");
        }
        Map<Integer, Integer> characters = new HashMap<>();
        ids.forEach((name, id) -> {
            if (name.codePointCount(0, name.length()) == 1 && !isMarker(id)) {
                characters.put(name.codePointAt(0), id);
            }
        });
        int[] byteIds = new int[256];
        boolean allBytes = true;
        for (int b = 0; b < 256; b++) {
            Integer id = model.path("byte_fallback").asBoolean() ? ids.get(CharacterEncoder.nameOf(b)) : null;
            byteIds[b] = id == null || isMarker(id) ? -1 : id;
            allBytes &= byteIds[b] >= 0;
        }
        Integer unknown = ids.get(model.path("unk_token").asText());
        if (unknown == null && !allBytes) {
            throw problem("there is neither a token for every byte nor an unk_token in the vocabulary");
        }
        return new CharacterEncoder(
                merges(),
                characters,
                byteIds,
                unknown == null ? -1 : unknown,
                model.path("fuse_unk").asBoolean(),
                neighbours());
    }

    private MergeTable neighbours() {
        Set<Long> pairs = new HashSet<>();
        for (String name : ids.keySet()) {
            for (int at = 0; at < name.length(); ) {
                int c = name.codePointAt(at);
                at += Character.charCount(c);
                if (at < name.length()) {
                    pairs.add((long) c << 32 | name.codePointAt(at));
                }
            }
        }
        MergeTable table = new MergeTable(pairs.size());
        pairs.forEach(pair -> table.put((int) (pair >> 32), (int) (long) pair, 0, 1));
        return table;
    }

    private MergeTable merges() throws ModelFormatException {
        if (!scores.isEmpty()) {
            try {
                return ScoredMerges.of(ids, scores, this::isMarker, MAX_MERGES);
            } catch (IllegalArgumentException e) {
                throw new ModelFormatException(where + ": " + e.getMessage(), e);
            }
        }
        JsonNode merges = model.path("merges");
        if (!merges.isArray() || merges.size() > MAX_MERGES) {
            throw problem(
                    merges.isArray()
                            ? "there are " + merges.size() + " merges; at most " + MAX_MERGES + " are read"
                            : "model.merges is absent");
        }
        MergeTable table = new MergeTable(merges.size());
        int rank = 0;
        for (JsonNode merge : merges) {
            String left;
            String right;
            if (merge.isArray() && merge.size() == 2) {
                left = merge.path(0).asText();
                right = merge.path(1).asText();
            } else {
                String text = merge.asText();
                int space = text.indexOf(' ');
                if (space < 0 || text.indexOf(' ', space + 1) >= 0) {
                    throw problem("merge " + rank + " is not two tokens");
                }
                left = text.substring(0, space);
                right = text.substring(space + 1);
            }
            Integer leftId = ids.get(left);
            Integer rightId = ids.get(right);
            Integer result = ids.get(left + right);
            if (leftId == null || rightId == null || result == null) {
                throw problem("merge " + rank + " names '" + left + "' and '" + right
                        + "'; these two or what they become are not in the vocabulary");
            }
            // Letters must not grow into a marker.
            if (!isMarker(result)) {
                table.put(leftId, rightId, rank, result);
            }
            rank++;
        }
        return table;
    }

    private void readPostProcessor(JsonNode processor, List<Integer> prefix, List<Integer> suffix)
            throws ModelFormatException {
        if (processor.isMissingNode() || processor.isNull()) {
            return;
        }
        switch (processor.path("type").asText()) {
            case "ByteLevel" -> {
                // It moves offsets only, and no token.
            }
            case "Sequence" -> {
                for (JsonNode part : processor.path("processors")) {
                    readPostProcessor(part, prefix, suffix);
                }
            }
            case "TemplateProcessing" -> readTemplate(processor, prefix, suffix);
            default -> throw unsupported("post_processor", processor, "ByteLevel, TemplateProcessing or a Sequence");
        }
    }

    private void readTemplate(JsonNode processor, List<Integer> prefix, List<Integer> suffix)
            throws ModelFormatException {
        boolean behind = false;
        List<Integer> first = new ArrayList<>();
        for (JsonNode part : processor.path("single")) {
            if (part.has("Sequence")) {
                if (behind) {
                    throw problem("post_processor: the text stands twice in it");
                }
                behind = true;
                continue;
            }
            String name = part.path("SpecialToken").path("id").asText();
            for (JsonNode id : processor.path("special_tokens").path(name).path("ids")) {
                if (!id.isInt() || !names.containsKey(id.intValue())) {
                    throw problem("post_processor: no token has the id " + id);
                }
                List<Integer> side = behind ? suffix : first;
                if (side.size() == MAX_FRAME) {
                    throw problem("post_processor: more than " + MAX_FRAME + " tokens on one side of the text");
                }
                side.add(id.intValue());
            }
        }
        if (!behind) {
            throw problem("post_processor: the text does not stand in it");
        }
        if (prefix.size() + first.size() > MAX_FRAME) {
            throw problem("post_processor: more than " + MAX_FRAME + " tokens before the text");
        }
        // A later one goes around what earlier ones have made.
        prefix.addAll(0, first);
    }

    private Vocabulary vocabulary(boolean byteLevel) throws ModelFormatException {
        byte[][] bytes = new byte[size][];
        long total = 0;
        BitSet known = new BitSet(size);
        BitSet special = new BitSet(size);
        BitSet markers = new BitSet(size);
        for (Map.Entry<Integer, String> entry : names.entrySet()) {
            int id = entry.getKey();
            known.set(id);
            AddedToken token = added.get(id);
            if (token != null) {
                special.set(id, token.special());
                markers.set(id, token.marker());
            }
            bytes[id] = byteLevel
                    ? token != null
                            ? token.content().getBytes(StandardCharsets.UTF_8)
                            : ByteLevelEncoder.bytesOf(entry.getValue())
                    : entry.getValue().replace(Characters.SPACE_MARK, ' ').getBytes(StandardCharsets.UTF_8);
            total += bytes[id].length;
        }
        for (int b = 0; b < 256 && !byteLevel; b++) {
            Integer id = ids.get(CharacterEncoder.nameOf(b));
            if (id != null && !isMarker(id)) {
                total -= bytes[id].length - 1;
                bytes[id] = new byte[] {(byte) b};
            }
        }
        byte[] pool = new byte[Math.toIntExact(total)];
        int[] offsets = new int[size + 1];
        for (int id = 0; id < size; id++) {
            int length = bytes[id] == null ? 0 : bytes[id].length;
            if (length > 0) {
                System.arraycopy(bytes[id], 0, pool, offsets[id], length);
            }
            offsets[id + 1] = offsets[id] + length;
        }
        return new Vocabulary(pool, offsets, known, special, markers);
    }
}
