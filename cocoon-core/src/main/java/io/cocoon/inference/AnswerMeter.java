package io.cocoon.inference;

import io.cocoon.internal.json.Json;
import io.cocoon.internal.json.JsonException;
import io.cocoon.internal.json.JsonParser;
import io.cocoon.internal.json.JsonPrinter;
import io.cocoon.payment.Prices;
import io.cocoon.payment.TokenUsage;
import io.cocoon.protocol.TokensUsed;
import io.cocoon.tl.Bytes;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a worker does with the body of an answer on its way: cut it into documents or events, count tokens, add costs,
 * encrypt. Each document or event goes out with the piece that completes it; no byte is scanned twice.
 *
 * <p>Under our rules server-sent events stay server-sent events, also when encrypted (hazard N12): an encrypted event is
 * {@code data:} with the encrypted document, {@code [DONE]} stays clear, and other lines of the event are dropped, because
 * they could not be hidden. The reference's client runner passes them on as they are. JSON goes out one document a line.
 *
 * <p>Confined to one thread. Wire dossier 6.9; 2026 part, sections 4.7 and 8.4.
 */
public final class AnswerMeter {

    /** The most bytes that one document, or the text held back, may have. */
    public static final int MAX_DOCUMENT_BYTES = 8 << 20;

    private static final Bytes LINE_FEED = Bytes.utf8("\n");
    private static final Bytes PAIR = Bytes.utf8("\r\n");
    private static final Bytes DONE = Bytes.utf8("[DONE]");
    private static final Bytes DONE_EVENT = Bytes.utf8("data: [DONE]\n\n");

    private final ContentKind kind;
    private final MeterRules rules;
    private final @Nullable AnswerEncryption encryption;
    private final UsageCounter counter;
    private final JsonSplitter splitter = new JsonSplitter(MAX_DOCUMENT_BYTES);
    private final SseReader events = new SseReader(MAX_DOCUMENT_BYTES);

    /**
     * Makes a meter for one answer.
     *
     * @param coefficient the price factor of the query, 1000 stands for 1.0
     * @param encryption how to encrypt; null for an answer in clear
     */
    public AnswerMeter(
            long coefficient,
            Prices prices,
            ContentKind kind,
            MeterRules rules,
            @Nullable AnswerEncryption encryption) {
        // The reference takes everything for JSON, whatever the content type says.
        this.kind = rules == MeterRules.OURS ? kind : ContentKind.JSON;
        this.rules = rules;
        this.encryption = encryption;
        this.counter = new UsageCounter(coefficient, prices, rules == MeterRules.OURS);
    }

    /**
     * Takes a piece of the body and returns what goes out now; it may be empty.
     *
     * @throws AnswerException if a limit is crossed, or encryption is due and impossible
     */
    public Bytes feed(Bytes piece) throws AnswerException {
        if (piece.isEmpty()) {
            return piece;
        }
        List<Bytes> out = new ArrayList<>();
        switch (kind) {
            case OPAQUE -> {
                requireClear("an answer that is neither JSON nor server-sent events");
                return piece;
            }
            case EVENT_STREAM -> {
                for (SseReader.Event event : events.feed(piece)) {
                    event(event, out);
                }
            }
            case JSON -> {
                documents(splitter.feed(piece), out);
                if (splitter.blocked()) {
                    blocked(out);
                }
            }
        }
        return Pieces.join(out);
    }

    /**
     * Returns what goes out at the end of the body.
     *
     * @throws AnswerException if encryption is due and impossible
     */
    public Bytes end() throws AnswerException {
        List<Bytes> out = new ArrayList<>();
        if (kind == ContentKind.EVENT_STREAM) {
            SseReader.Event last = events.end();
            if (!last.raw().isEmpty()) {
                event(last, out);
            }
        } else if (kind == ContentKind.JSON) {
            documents(splitter.end(), out);
            Bytes rest = splitter.rest();
            if (rules == MeterRules.DECEMBER_2025 && encryption == null) {
                out.add(rest);
            } else if (rules == MeterRules.OURS && !isBlank(rest)) {
                requireClear("text that is no JSON");
                out.add(rest);
            }
        }
        return Pieces.join(out);
    }

    private void requireClear(String what) throws AnswerException {
        if (encryption != null) {
            throw new AnswerException("the model server sent " + what + ", which cannot be encrypted");
        }
    }

    private static boolean isBlank(Bytes text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.get(i) > ' ' || text.get(i) < 0) {
                return false;
            }
        }
        return true;
    }

    private void blocked(List<Bytes> out) throws AnswerException {
        if (rules == MeterRules.OURS) {
            requireClear("text that is no JSON");
            out.add(splitter.rest());
        } else if (rules == MeterRules.APRIL_2026 || encryption != null) {
            splitter.rest();
        }
    }

    private void documents(List<Bytes> values, List<Bytes> out) throws AnswerException {
        for (int i = 0; i < values.size(); i++) {
            Bytes line = passUnparsed(values.get(i));
            if (line == null) {
                try {
                    line = line(JsonParser.parse(values.get(i)));
                } catch (JsonException e) {
                    splitter.block(values.subList(i, values.size()));
                    return;
                }
            }
            out.add(line);
        }
    }

    /** Returns the line for a document that needs neither counting nor encryption, or null. */
    private @Nullable Bytes passUnparsed(Bytes value) {
        if (rules != MeterRules.OURS || encryption != null || UsageCounter.mayCount(value)) {
            return null;
        }
        int start = 0;
        // White space and a byte order mark, which is all that may stand in front of a value.
        while (start < value.length() && (value.get(start) <= ' ')) {
            start++;
        }
        Bytes document = value.sliceFrom(start);
        for (int i = 0; i < document.length(); i++) {
            if (document.get(i) == '\n' || document.get(i) == '\r') {
                return null;
            }
        }
        return document.concat(LINE_FEED);
    }

    private Bytes line(Json document) throws AnswerException {
        counter.count(document);
        if (encryption == null) {
            return JsonPrinter.print(document, "", "\n");
        }
        Json.Obj encrypted = encryptable(document);
        return encrypted == null ? Bytes.empty() : encrypt(encryption, encrypted, "", "\n");
    }

    /** Returns the object to encrypt, or null where the reference swallows the document. */
    private Json.@Nullable Obj encryptable(Json document) throws AnswerException {
        if (document instanceof Json.Obj object) {
            return object;
        }
        if (rules == MeterRules.OURS) {
            throw new AnswerException("the model server sent JSON that is no object, which cannot be encrypted");
        }
        return document == Json.Null.NULL ? new Json.Obj() : null;
    }

    private static Bytes encrypt(AnswerEncryption encryption, Json.Obj document, String before, String after) {
        encryption.encrypt(document);
        return JsonPrinter.print(document, before, after);
    }

    private void event(SseReader.Event event, List<Bytes> out) throws AnswerException {
        Bytes data = event.data();
        if (encryption == null) {
            out.add(UsageCounter.mayCount(data) ? countedEvent(event) : event.raw());
        } else if (data.equals(DONE)) {
            out.add(DONE_EVENT);
        } else if (!data.isEmpty()) {
            try {
                Json.Obj document = encryptable(JsonParser.parse(data));
                if (document != null) {
                    counter.count(document);
                    out.add(encrypt(encryption, document, "data: ", "\n\n"));
                }
            } catch (JsonException e) {
                throw new AnswerException(
                        "the model server sent an event that is no JSON, which cannot be encrypted: " + e.getMessage());
            }
        }
    }

    private Bytes countedEvent(SseReader.Event event) {
        try {
            Json document = JsonParser.parse(event.data());
            return counter.count(document) ? withData(event.raw(), document) : event.raw();
        } catch (JsonException e) {
            // Not ours to judge: the application gets what the model server sent.
            return event.raw();
        }
    }

    /** Puts the document in place of the event's data; the other lines stay, and so does the way lines end. */
    private static Bytes withData(Bytes raw, Json document) {
        boolean pairs = raw.length() > 1 && raw.get(raw.length() - 2) == '\r' && raw.get(raw.length() - 1) == '\n';
        Bytes lineEnd = pairs ? PAIR : LINE_FEED;
        List<Bytes> lines = new ArrayList<>();
        int from = 0;
        while (from < raw.length()) {
            int to = from;
            while (to < raw.length() && raw.get(to) != '\n' && raw.get(to) != '\r') {
                to++;
            }
            if (to > from && !SseReader.isData(raw, from, to)) {
                lines.add(raw.slice(from, to - from));
                lines.add(lineEnd);
            }
            from = to + 1;
        }
        lines.add(JsonPrinter.print(document, "data: ", pairs ? "\r\n\r\n" : "\n\n"));
        return Pieces.join(lines);
    }

    /** Returns adjusted tokens so far: what the query is billed for. */
    public TokensUsed used() {
        return counter.used();
    }

    /** Returns tokens of text so far, as the model server counts them. */
    public TokenUsage usage() {
        return counter.usage();
    }
}
