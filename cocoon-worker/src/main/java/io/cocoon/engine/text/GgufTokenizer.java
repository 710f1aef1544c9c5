package io.cocoon.engine.text;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cocoon.engine.file.ModelFormatException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads the tokenizer in the metadata of a GGUF file ({@code tokenizer.ggml.*}): says the same as a {@code tokenizer.json}, and
 * has {@link TokenizerReader} read that, so that one place decides what is supported. Engine dossier 1 and 3.
 */
final class GgufTokenizer {

    private static final String KEY = "tokenizer.ggml.";
    private static final int NORMAL = 1;
    private static final int UNKNOWN = 2;
    private static final int CONTROL = 3;
    private static final int USER_DEFINED = 4;
    private static final int UNUSED = 5;
    private static final int BYTE = 6;

    /** Some converters call these control tokens, but they are part of what an answer says. */
    private static final Set<String> SHOWN =
            Set.of("<think>", "</think>", "<tool_call>", "</tool_call>", "<tool_response>", "</tool_response>");

    private final Map<String, Object> metadata;
    private final String where;
    private final List<?> tokens;
    private final List<?> types;
    private final ObjectNode root = JsonNodeFactory.instance.objectNode();
    private final ObjectNode model = root.putObject("model");

    private GgufTokenizer(Map<String, Object> metadata, String where) throws ModelFormatException {
        this.metadata = metadata;
        this.where = where;
        tokens = list("tokens");
        types = metadata.containsKey(KEY + "token_type") ? list("token_type") : List.of();
        if (tokens.size() > TokenizerReader.MAX_IDS || !types.isEmpty() && types.size() != tokens.size()) {
            throw problem("there are " + tokens.size() + " tokens and " + types.size()
                    + " types of them; wanted as many, " + "and at most " + TokenizerReader.MAX_IDS);
        }
    }

    static Tokenizer read(Map<String, Object> metadata, String where, int embeddingRows) throws ModelFormatException {
        return new GgufTokenizer(metadata, where).tokenizer(embeddingRows);
    }

    private ModelFormatException problem(String what) {
        return new ModelFormatException(where + ": " + what);
    }

    private List<?> list(String key) throws ModelFormatException {
        if (metadata.get(KEY + key) instanceof List<?> list) {
            return list;
        }
        throw problem(KEY + key + " is absent or no list");
    }

    private Tokenizer tokenizer(int embeddingRows) throws ModelFormatException {
        putTokens();
        Object kind = metadata.get(KEY + "model");
        Map<String, Double> scores = Map.of();
        boolean begins;
        if ("gpt2".equals(kind)) {
            begins = putByteLevel();
        } else if ("llama".equals(kind)) {
            scores = putCharacters();
            begins = true;
        } else {
            throw problem(KEY + "model is '" + kind + "'; gpt2 and llama are supported");
        }
        if (metadata.get(KEY + "add_bos_token") instanceof Boolean stated) {
            begins = stated;
        }
        if (begins) {
            putFirstToken();
        }
        return TokenizerReader.read(root, where, embeddingRows, scores);
    }

    private int type(int id) {
        return types.isEmpty() || !(types.get(id) instanceof Long type) ? NORMAL : (int) (long) type;
    }

    private String token(int id) throws ModelFormatException {
        if (tokens.get(id) instanceof String text) {
            return text;
        }
        throw problem("token " + id + " is no text");
    }

    private void putTokens() throws ModelFormatException {
        ObjectNode vocabulary = model.putObject("vocab");
        ArrayNode added = root.putArray("added_tokens");
        for (int id = 0; id < tokens.size(); id++) {
            int type = type(id);
            if (type < NORMAL || type > BYTE) {
                throw problem("token " + id + " is of the unknown type " + type);
            }
            if (type == UNUSED) {
                continue;
            }
            if (type == UNKNOWN || type == CONTROL || type == USER_DEFINED) {
                boolean special = type != USER_DEFINED && !SHOWN.contains(token(id));
                added.addObject().put("id", id).put("content", token(id)).put("special", special);
            }
            if (vocabulary.putIfAbsent(token(id), JsonNodeFactory.instance.numberNode(id)) != null) {
                throw problem("token " + id + " has the text of another one");
            }
        }
    }

    /** Returns whether a text begins with a token of its own where nothing is said. */
    private boolean putByteLevel() throws ModelFormatException {
        model.put("type", "BPE");
        ArrayNode merges = model.putArray("merges");
        for (Object merge : list("merges")) {
            merges.add(String.valueOf(merge));
        }
        Object pattern = metadata.get(KEY + "pre");
        boolean llama = "llama-bpe".equals(pattern);
        if (!llama && !"qwen2".equals(pattern)) {
            throw problem(KEY + "pre is '" + pattern + "'; llama-bpe and qwen2 are supported");
        }
        model.put("ignore_merges", llama);
        if (!llama) {
            root.putObject("normalizer").put("type", "NFC");
        }
        ObjectNode words = root.putObject("pre_tokenizer").put("type", "Sequence");
        ArrayNode parts = words.putArray("pretokenizers");
        ObjectNode split = parts.addObject().put("type", "Split").put("behavior", "Isolated");
        split.putObject("pattern").put("Regex", llama ? WordScanner.LLAMA3 : WordScanner.QWEN);
        parts.addObject()
                .put("type", "ByteLevel")
                .put("add_prefix_space", false)
                .put("use_regex", false);
        root.putObject("decoder").put("type", "ByteLevel");
        return llama;
    }

    private Map<String, Double> putCharacters() throws ModelFormatException {
        if (!Boolean.FALSE.equals(metadata.get(KEY + "add_space_prefix"))) {
            throw problem(KEY + "add_space_prefix is not false: a space before every text is not supported");
        }
        model.put("type", "BPE").put("byte_fallback", true).put("fuse_unk", true);
        model.put("unk_token", text("unknown_token_id"));
        ObjectNode spaces = root.putObject("normalizer").put("type", "Replace");
        spaces.putObject("pattern").put("String", " ");
        spaces.put("content", String.valueOf(Characters.SPACE_MARK));
        ArrayNode decoders = root.putObject("decoder").put("type", "Sequence").putArray("decoders");
        ObjectNode back = decoders.addObject().put("type", "Replace").put("content", " ");
        back.putObject("pattern").put("String", String.valueOf(Characters.SPACE_MARK));
        decoders.addObject().put("type", "ByteFallback");
        decoders.addObject().put("type", "Fuse");
        List<?> scores = list("scores");
        if (scores.size() != tokens.size()) {
            throw problem("there are " + scores.size() + " scores for " + tokens.size() + " tokens");
        }
        Map<String, Double> byText = new HashMap<>();
        for (int id = 0; id < tokens.size(); id++) {
            if (type(id) == NORMAL || type(id) == USER_DEFINED) {
                if (!(scores.get(id) instanceof Double score) || score.isNaN()) {
                    throw problem("the score of token " + id + " is no number");
                }
                byText.put(token(id), score);
            }
        }
        return byText;
    }

    private void putFirstToken() throws ModelFormatException {
        String text = text("bos_token_id");
        if (text == null) {
            throw problem(KEY + "bos_token_id is absent or names no token, but texts are to begin with it");
        }
        ObjectNode frame = root.putObject("post_processor").put("type", "TemplateProcessing");
        ArrayNode single = frame.putArray("single");
        single.addObject().putObject("SpecialToken").put("id", text);
        single.addObject().putObject("Sequence").put("id", "A");
        frame.putObject("special_tokens").putObject(text).putArray("ids").add(Math.toIntExact((Long)
                metadata.getOrDefault(KEY + "bos_token_id", 0L)));
    }

    private @Nullable String text(String key) throws ModelFormatException {
        return metadata.get(KEY + key) instanceof Long id && id >= 0 && id < tokens.size()
                ? token((int) (long) id)
                : null;
    }
}
