package io.cocoon.engine.text;

import io.cocoon.engine.file.ModelFormatException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Text to token ids and back, as a model's {@code tokenizer.json} or GGUF file says. Immutable; safe for use by many threads.
 *
 * <p>A token that steers the model, such as {@code <|im_end|>}, is called a marker here: every added token that is more than
 * white space. A caller's text never becomes one. Halves of surrogate pairs that stand alone are read as U+FFFD.
 */
public final class Tokenizer {

    /** How many characters (UTF-16 units) one call encodes at most. */
    public static final int MAX_CHARACTERS = 1 << 24;

    private final Vocabulary vocabulary;
    private final Normalization normalization;
    private final MarkerFinder rawMarkers;
    private final MarkerFinder normalizedMarkers;
    private final WordEncoder words;
    private final Map<String, Integer> addedTokens;
    private final int[] prefix;
    private final int[] suffix;

    Tokenizer(
            Vocabulary vocabulary,
            Normalization normalization,
            MarkerFinder rawMarkers,
            MarkerFinder normalizedMarkers,
            WordEncoder words,
            Map<String, Integer> addedTokens,
            int[] prefix,
            int[] suffix) {
        this.vocabulary = vocabulary;
        this.normalization = normalization;
        this.rawMarkers = rawMarkers;
        this.normalizedMarkers = normalizedMarkers;
        this.words = words;
        this.addedTokens = Map.copyOf(addedTokens);
        this.prefix = prefix;
        this.suffix = suffix;
    }

    /**
     * Reads {@code tokenizer.json} of a model's folder.
     *
     * @param embeddingRows how many ids the model has an embedding for; no token may lie outside of it
     * @throws ModelFormatException if it is absent, contradicts itself, or is of a kind that is not supported; the message
     *     names what was found
     */
    public static Tokenizer load(Path folder, int embeddingRows) throws IOException {
        return TokenizerReader.read(folder.resolve("tokenizer.json"), embeddingRows);
    }

    /**
     * Reads the tokenizer in the metadata of a GGUF file.
     *
     * @param metadata String, Long, Double, Boolean or List by key
     * @param where names the file in messages
     * @param embeddingRows as for {@link #load}
     * @throws ModelFormatException as {@link #load}
     */
    public static Tokenizer ofGguf(Map<String, Object> metadata, String where, int embeddingRows)
            throws ModelFormatException {
        return GgufTokenizer.read(metadata, where, embeddingRows);
    }

    /**
     * Encodes text that may come from anyone. No id of a marker is in the result.
     *
     * @throws IllegalArgumentException if the text is longer than {@link #MAX_CHARACTERS}
     */
    public int[] encode(String text) {
        return encode(text, new BitSet());
    }

    /**
     * Encodes text of the model's own template: markers in it become markers.
     *
     * @throws IllegalArgumentException if the text is longer than {@link #MAX_CHARACTERS}
     */
    public int[] encodeWithMarkers(String text) {
        BitSet trusted = new BitSet(text.length());
        trusted.set(0, text.length());
        return encode(text, trusted);
    }

    /**
     * Encodes a rendered template. The segments are read as one text, so that words go across their borders; a marker is one
     * only if all of it is trusted.
     *
     * @throws IllegalArgumentException if they are together longer than {@link #MAX_CHARACTERS}
     */
    public int[] encode(List<Segment> segments) {
        StringBuilder text = new StringBuilder();
        BitSet trusted = new BitSet();
        for (Segment segment : segments) {
            if (segment.trusted()) {
                trusted.set(text.length(), text.length() + segment.text().length());
            }
            text.append(segment.text());
            requireLength(text.length());
        }
        return encode(text.toString(), trusted);
    }

    /**
     * Encodes a prompt that no template has rendered, as for text completions: like {@link #encode(String)}, with the tokens
     * around it that the model wants, such as a first one. A template writes these itself.
     *
     * @throws IllegalArgumentException if the text is longer than {@link #MAX_CHARACTERS}
     */
    public int[] encodePrompt(String text) {
        return frame(encode(text));
    }

    /** Puts the tokens around that the model wants at the beginning and end of a text. */
    int[] frame(int[] ids) {
        int[] whole = Arrays.copyOf(prefix, prefix.length + ids.length + suffix.length);
        System.arraycopy(ids, 0, whole, prefix.length, ids.length);
        System.arraycopy(suffix, 0, whole, prefix.length + ids.length, suffix.length);
        return whole;
    }

    private static void requireLength(int length) {
        if (length > MAX_CHARACTERS) {
            throw new IllegalArgumentException("the text has " + length + " characters or more; at most "
                    + MAX_CHARACTERS + " are encoded at once");
        }
    }

    private int[] encode(String input, BitSet trusted) {
        requireLength(input.length());
        String text = Characters.wellFormed(input);
        IntList out = new IntList(text.length() / 3);
        int at = 0;
        while (at < text.length()) {
            MarkerFinder.Match match = rawMarkers.next(text, trusted, at);
            int end = match == null ? text.length() : match.from();
            encodeBetween(text, trusted, at, end, out);
            if (match == null) {
                break;
            }
            out.add(match.token().id());
            at = match.to();
        }
        return out.toArray();
    }

    private void encodeBetween(String text, BitSet trusted, int from, int to, IntList out) {
        if (normalizedMarkers.isEmpty()) {
            encodeWords(text.substring(from, to), out);
            return;
        }
        // Normalizing moves characters, so that it is done run by run where it must stay known who wrote them.
        StringBuilder pending = new StringBuilder();
        int at = from;
        while (at < to) {
            boolean trust = trusted.get(at);
            int border = trust ? trusted.nextClearBit(at) : trusted.nextSetBit(at);
            int end = border < 0 ? to : Math.min(border, to);
            String run = normalization.apply(text.substring(at, end));
            BitSet runTrusted = new BitSet();
            runTrusted.set(0, run.length(), trust);
            int done = 0;
            while (done < run.length()) {
                MarkerFinder.Match match = normalizedMarkers.next(run, runTrusted, done);
                pending.append(run, done, match == null ? run.length() : match.from());
                if (match == null) {
                    break;
                }
                encodeWords(pending.toString(), out);
                pending.setLength(0);
                out.add(match.token().id());
                done = match.to();
            }
            at = end;
        }
        encodeWords(pending.toString(), out);
    }

    private void encodeWords(String text, IntList out) {
        if (!text.isEmpty()) {
            words.encode(normalization.apply(text), out);
        }
    }

    /**
     * Decodes tokens to text. Bytes that are no UTF-8 become U+FFFD.
     *
     * @param withSpecial whether special tokens are shown
     * @throws IllegalArgumentException if an id stands for no token
     */
    public String decode(int[] ids, boolean withSpecial) {
        StringBuilder text = new StringBuilder();
        Utf8Joiner joiner = new Utf8Joiner();
        for (int id : ids) {
            append(id, withSpecial, joiner, text);
        }
        joiner.finish(text);
        return text.toString();
    }

    /**
     * Begins the decoding of an answer, token by token.
     *
     * @param withSpecial whether special tokens are shown
     */
    public Detokenizer detokenizer(boolean withSpecial) {
        return new Detokenizer(this, withSpecial);
    }

    void append(int id, boolean withSpecial, Utf8Joiner joiner, StringBuilder out) {
        requireToken(id);
        if (withSpecial || !vocabulary.isSpecial(id)) {
            joiner.take(vocabulary.pool(), vocabulary.from(id), vocabulary.to(id), out);
        }
    }

    private void requireToken(int id) {
        if (!vocabulary.has(id)) {
            throw new IllegalArgumentException("no token has the id " + id + "; the highest is " + (size() - 1));
        }
    }

    /** Returns the highest id plus 1. The model's embedding may have more rows than that. */
    public int size() {
        return vocabulary.size();
    }

    /** Returns whether a token has this id: there may be gaps below {@link #size()}. */
    public boolean has(int id) {
        return vocabulary.has(id);
    }

    /**
     * Returns the bytes that a token adds to an answer: a part of a character, perhaps. The array is the caller's.
     *
     * @throws IllegalArgumentException if no token has this id
     */
    public byte[] tokenBytes(int id) {
        requireToken(id);
        return Arrays.copyOfRange(vocabulary.pool(), vocabulary.from(id), vocabulary.to(id));
    }

    /**
     * Returns whether a token is left out when an answer is shown, such as one that ends a turn.
     *
     * @throws IllegalArgumentException if no token has this id
     */
    public boolean isSpecial(int id) {
        requireToken(id);
        return vocabulary.isSpecial(id);
    }

    /**
     * Returns whether a token is a marker: a special one, or one such as {@code <think>}, which is shown but steers too.
     *
     * @throws IllegalArgumentException if no token has this id
     */
    public boolean isMarker(int id) {
        requireToken(id);
        return vocabulary.isMarker(id);
    }

    /** Returns the id of an added token with exactly this text, for example {@code </think>}. */
    public OptionalInt addedToken(String content) {
        Integer id = addedTokens.get(content);
        return id == null ? OptionalInt.empty() : OptionalInt.of(id);
    }
}
