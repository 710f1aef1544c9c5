package io.cocoon.inference;

import io.cocoon.tl.Bytes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Cuts a byte stream into server-sent events (WHATWG HTML, section 9.2), whatever pieces it arrives in. Each event is
 * handed out as soon as its blank line is there; nothing is read twice. Confined to one thread.
 */
public final class SseReader {

    /** The most bytes that one event may have. */
    public static final int MAX_EVENT_BYTES = 8 << 20;

    private static final Bytes LINE_FEED = Bytes.utf8("\n");

    private static final byte[] NOTHING = {};
    private static final int FIRST_ALLOCATION = 1024;

    private final int limit;
    private byte[] buffer = NOTHING;
    private int length;
    private int lineStart;
    private boolean afterReturn;
    private boolean pairSeen;
    private boolean awaitsLineFeed;

    /**
     * One event.
     *
     * @param raw the event as it came, blank line included
     * @param data the lines of data, joined by line feeds; empty if there is none
     */
    public record Event(Bytes raw, Bytes data) {}

    /** Makes a reader with the usual limit. */
    public SseReader() {
        this(MAX_EVENT_BYTES);
    }

    /** Makes a reader for events of at most so many bytes. */
    public SseReader(int limit) {
        this.limit = limit;
    }

    /**
     * Takes the next piece and returns the events that are complete with it.
     *
     * @throws AnswerException if an event is above the limit
     */
    public List<Event> feed(Bytes piece) throws AnswerException {
        List<Event> events = new ArrayList<>();
        byte[] in = piece.unsafeArray();
        int end = piece.unsafeOffset() + piece.length();
        for (int i = piece.unsafeOffset(); i < end; i++) {
            byte b = in[i];
            if (awaitsLineFeed) {
                awaitsLineFeed = false;
                if (b == '\n') {
                    append(b);
                    afterReturn = false;
                    events.add(take());
                    continue;
                }
                events.add(take());
            }
            boolean secondOfPair = b == '\n' && afterReturn;
            pairSeen |= secondOfPair;
            afterReturn = b == '\r';
            if (secondOfPair && length == 0) {
                // The event went out with the carriage return; this is the rest of the same line end.
                continue;
            }
            append(b);
            if (secondOfPair) {
                lineStart = length;
            } else if (b == '\n' || b == '\r') {
                boolean blank = lineStart == length - 1;
                lineStart = length;
                if (blank && b == '\r' && pairSeen) {
                    // This stream ends its lines with two bytes: the second belongs to this event, not to nobody.
                    awaitsLineFeed = true;
                } else if (blank) {
                    events.add(take());
                }
            }
        }
        return events;
    }

    /** Returns what is left when the stream has ended without a blank line; its raw bytes may be empty. */
    public Event end() {
        awaitsLineFeed = false;
        return take();
    }

    private void append(byte b) throws AnswerException {
        if (length == limit) {
            throw new AnswerException("a server-sent event has more than " + limit + " bytes");
        }
        if (length == buffer.length) {
            buffer = Arrays.copyOf(buffer, (int) Math.min(limit, Math.max(FIRST_ALLOCATION, buffer.length * 2L)));
        }
        buffer[length++] = b;
    }

    private Event take() {
        byte[] raw = Arrays.copyOf(buffer, length);
        length = 0;
        lineStart = 0;
        return new Event(Bytes.wrapUnshared(raw), data(raw));
    }

    private static Bytes data(byte[] raw) {
        List<Bytes> lines = new ArrayList<>(1);
        int from = 0;
        while (from < raw.length) {
            int to = from;
            while (to < raw.length && raw[to] != '\n' && raw[to] != '\r') {
                to++;
            }
            if (isData(Bytes.wrapUnshared(raw), from, to)) {
                int value = to - from > 5 && raw[from + 5] == ' ' ? from + 6 : from + 5;
                lines.add(Bytes.wrapUnshared(raw, value, to - value));
            }
            from = to + 1;
        }
        return join(lines);
    }

    static boolean isData(Bytes raw, int from, int to) {
        return to - from >= 5
                && raw.get(from) == 'd'
                && raw.get(from + 1) == 'a'
                && raw.get(from + 2) == 't'
                && raw.get(from + 3) == 'a'
                && raw.get(from + 4) == ':';
    }

    private static Bytes join(List<Bytes> lines) {
        if (lines.size() <= 1) {
            return lines.isEmpty() ? Bytes.empty() : lines.get(0);
        }
        List<Bytes> parts = new ArrayList<>();
        for (Bytes line : lines) {
            if (!parts.isEmpty()) {
                parts.add(LINE_FEED);
            }
            parts.add(line);
        }
        return Pieces.join(parts);
    }
}
