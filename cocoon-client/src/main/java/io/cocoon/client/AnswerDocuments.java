package io.cocoon.client;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.cocoon.tl.Bytes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Cuts the clear body of an answer into JSON documents. Confined to one reader.
 *
 * <p>A stream comes as server-sent events or as one document a line, and C++ peers may label one as the other, so both are
 * understood whatever the content type says: a line is a document, a {@code data:} line holds one, other lines of events
 * are skipped. A plain answer is parsed as a whole.
 */
final class AnswerDocuments {

    /** Longest document that is put together. */
    static final int MAX_DOCUMENT_BYTES = 16 << 20;

    /** Longest plain answer that is put together. */
    static final int MAX_ANSWER_BYTES = 64 << 20;

    static final ObjectMapper JSON = new ObjectMapper();

    private static final Bytes DONE = Bytes.utf8("[DONE]");
    private static final Bytes DATA = Bytes.utf8("data:");

    /**
     * One document.
     *
     * @param tree parsed
     * @param bytes as received and decrypted
     * @param event whether it came as a server-sent event
     */
    record Document(JsonNode tree, Bytes bytes, boolean event) {}

    private final Answer answer;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private Bytes rest = Bytes.empty();
    private boolean ended;

    AnswerDocuments(Answer answer) {
        this.answer = answer;
    }

    /** Returns the next document of a stream, or null at its end. Blocks within the deadlines of the answer. */
    @Nullable
    Document next() {
        while (true) {
            if (!rest.isEmpty()) {
                int end = endOfLine(rest);
                append(rest.slice(0, end));
                boolean complete = end < rest.length();
                rest = complete ? rest.sliceFrom(end + 1) : Bytes.empty();
                if (!complete) {
                    continue;
                }
            } else if (ended) {
                return null;
            } else {
                Bytes piece = answer.next();
                if (piece != null) {
                    rest = piece;
                    continue;
                }
                ended = true;
            }
            Document document = takeLine();
            if (document != null) {
                return document;
            }
        }
    }

    /** Documents are parsed one at a time: a piece of many tiny ones must not become a tree for each at once. */
    private static int endOfLine(Bytes piece) {
        byte[] in = piece.unsafeArray();
        int from = piece.unsafeOffset();
        int end = from + piece.length();
        int at = from;
        while (at < end && in[at] != '\n') {
            at++;
        }
        return at - from;
    }

    private void append(Bytes piece) {
        if (line.size() + (long) piece.length() > MAX_DOCUMENT_BYTES) {
            throw tooLarge(MAX_DOCUMENT_BYTES);
        }
        line.write(piece.unsafeArray(), piece.unsafeOffset(), piece.length());
    }

    private @Nullable Document takeLine() {
        Bytes content = strip(Bytes.wrapUnshared(line.toByteArray()));
        line.reset();
        boolean event = startsWith(content, DATA);
        if (event) {
            content = strip(content.sliceFrom(DATA.length()));
        }
        if (content.isEmpty() || content.equals(DONE)) {
            return null;
        }
        byte first = content.get(0);
        if (first == '{' || first == '[') {
            return document(content, event);
        }
        if (event) {
            throw malformed();
        }
        return null;
    }

    private Document document(Bytes content, boolean event) {
        try {
            JsonNode tree = JSON.readTree(content.unsafeArray(), content.unsafeOffset(), content.length());
            return new Document(tree, content, event);
        } catch (JsonProcessingException e) {
            throw malformed();
        } catch (IOException e) {
            throw new IllegalStateException("memory can be read", e);
        }
    }

    /** Returns the last JSON document of a plain answer, or null if it has none. */
    @Nullable
    Document whole() {
        Bytes all = collect(answer, MAX_ANSWER_BYTES);
        try (MappingIterator<JsonNode> values =
                JSON.readerFor(JsonNode.class).readValues(all.unsafeArray(), all.unsafeOffset(), all.length())) {
            JsonNode last = null;
            int count = 0;
            while (values.hasNextValue()) {
                last = values.nextValue();
                count++;
            }
            if (last == null) {
                return null;
            }
            Bytes bytes = count == 1 ? strip(all) : Bytes.wrapUnshared(JSON.writeValueAsBytes(last));
            return new Document(last, bytes, false);
        } catch (IOException e) {
            throw malformed();
        }
    }

    /** Reads the rest of an answer into one array. */
    static Bytes collect(Answer answer, int limit) {
        Bytes first = answer.next();
        if (first == null) {
            return Bytes.empty();
        }
        Bytes second = answer.next();
        if (second == null) {
            return first;
        }
        ByteArrayOutputStream all = new ByteArrayOutputStream(first.length() + second.length());
        all.write(first.unsafeArray(), first.unsafeOffset(), first.length());
        for (Bytes piece = second; piece != null; piece = answer.next()) {
            if (all.size() + (long) piece.length() > limit) {
                answer.close();
                throw tooLarge(limit);
            }
            all.write(piece.unsafeArray(), piece.unsafeOffset(), piece.length());
        }
        return Bytes.wrapUnshared(all.toByteArray());
    }

    private static boolean startsWith(Bytes content, Bytes prefix) {
        return content.length() >= prefix.length()
                && content.slice(0, prefix.length()).equals(prefix);
    }

    private static Bytes strip(Bytes content) {
        int from = 0;
        int to = content.length();
        while (from < to && isSpace(content.get(from))) {
            from++;
        }
        while (to > from && isSpace(content.get(to - 1))) {
            to--;
        }
        return content.slice(from, to - from);
    }

    private static boolean isSpace(byte b) {
        return b == ' ' || b == '\t' || b == '\r' || b == '\n';
    }

    private static CocoonException tooLarge(int limit) {
        return new CocoonException.Protocol(
                "the answer has more than " + limit + " bytes", "stream it, or ask for fewer tokens with maxTokens");
    }

    private CocoonException malformed() {
        return new CocoonException.Protocol(
                "the answer from proxy " + answer.proxy() + " is not the JSON that was expected",
                "use http() to see the raw bytes");
    }
}
