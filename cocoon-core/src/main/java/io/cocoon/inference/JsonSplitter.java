package io.cocoon.inference;

import io.cocoon.tl.Bytes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Finds where one JSON value ends and the next begins, looking at each byte once, whatever pieces they arrive in.
 * Whether a value is good JSON is for the parser to say. Confined to one thread.
 */
final class JsonSplitter {

    private enum State {
        BETWEEN,
        STRUCTURE,
        STRING,
        SCALAR,
        /** Something that begins no JSON value: what follows is not looked at any more. */
        BLOCKED
    }

    /** Some servers begin with it, and the reference skips it. */
    private static final byte[] BYTE_ORDER_MARK = {(byte) 0xef, (byte) 0xbb, (byte) 0xbf};

    private static final byte[] NOTHING = {};
    private static final int FIRST_ALLOCATION = 1024;

    private final int limit;
    private int markSeen;
    private byte[] buffer = NOTHING;
    private int length;
    private int scanned;
    private int valueEnd = -1;
    private State state = State.BETWEEN;
    private int depth;
    private boolean inString;
    private boolean escaped;

    JsonSplitter(int limit) {
        this.limit = limit;
    }

    /** Takes a piece and returns the values that are complete with it. */
    List<Bytes> feed(Bytes piece) throws AnswerException {
        if (length + (long) piece.length() > limit) {
            throw new AnswerException("a JSON document of the answer has more than " + limit + " bytes");
        }
        int needed = length + piece.length();
        if (needed > buffer.length) {
            buffer = Arrays.copyOf(buffer, (int)
                    Math.min(limit, Math.max(Math.max(needed, FIRST_ALLOCATION), buffer.length * 2L)));
        }
        piece.copyTo(buffer, length);
        length = needed;
        return scan(false);
    }

    /** Returns the value that only the end of the stream completes: a number, mostly none. */
    List<Bytes> end() {
        return scan(true);
    }

    boolean blocked() {
        return state == State.BLOCKED;
    }

    /** From now on nothing is taken for JSON; {@code value} goes back to the rest. */
    void block(List<Bytes> valuesNotTaken) {
        Bytes rest = rest();
        List<Bytes> all = new ArrayList<>(valuesNotTaken);
        all.add(rest);
        Bytes joined = Pieces.join(all);
        if (joined.length() > buffer.length) {
            buffer = new byte[joined.length()];
        }
        joined.copyTo(buffer, 0);
        length = joined.length();
        state = State.BLOCKED;
    }

    /** Removes and returns what is not part of any value so far. */
    Bytes rest() {
        Bytes rest = Bytes.copyOf(buffer, 0, length);
        length = 0;
        scanned = 0;
        return rest;
    }

    private List<Bytes> scan(boolean atEnd) {
        List<Bytes> values = new ArrayList<>(1);
        int taken = 0;
        while (scanned < length && state != State.BLOCKED) {
            byte b = buffer[scanned];
            switch (state) {
                case BETWEEN -> between(b);
                case STRUCTURE -> structure(b);
                case STRING -> string(b);
                default -> scalar(b);
            }
            if (valueEnd >= 0) {
                values.add(Bytes.copyOf(buffer, taken, valueEnd - taken));
                taken = valueEnd;
                valueEnd = -1;
            }
        }
        if (atEnd && state == State.SCALAR) {
            values.add(Bytes.copyOf(buffer, taken, length - taken));
            taken = length;
            state = State.BETWEEN;
        }
        if (taken > 0) {
            System.arraycopy(buffer, taken, buffer, 0, length - taken);
            length -= taken;
            scanned -= taken;
        }
        return values;
    }

    private void between(byte b) {
        if (b == ' ' || b == '\n' || b == '\r' || b == '\t') {
            scanned++;
            return;
        }
        if (b == BYTE_ORDER_MARK[markSeen]) {
            markSeen = (markSeen + 1) % BYTE_ORDER_MARK.length;
            scanned++;
            return;
        }
        if (markSeen > 0) {
            state = State.BLOCKED;
        } else if (b == '{' || b == '[') {
            state = State.STRUCTURE;
        } else if (b == '"') {
            state = State.STRING;
            scanned++;
        } else if (b == '-' || (b >= '0' && b <= '9') || b == 't' || b == 'f' || b == 'n') {
            state = State.SCALAR;
        } else {
            state = State.BLOCKED;
        }
    }

    private void structure(byte b) {
        scanned++;
        if (inString) {
            if (escaped) {
                escaped = false;
            } else if (b == '\\') {
                escaped = true;
            } else if (b == '"') {
                inString = false;
            }
        } else if (b == '"') {
            inString = true;
        } else if (b == '{' || b == '[') {
            depth++;
        } else if ((b == '}' || b == ']') && --depth == 0) {
            complete();
        }
    }

    private void string(byte b) {
        scanned++;
        if (escaped) {
            escaped = false;
        } else if (b == '\\') {
            escaped = true;
        } else if (b == '"') {
            complete();
        }
    }

    private void scalar(byte b) {
        if (b == '-' || b == '+' || b == '.' || (b >= '0' && b <= '9') || (b >= 'a' && b <= 'z') || b == 'E') {
            scanned++;
        } else {
            complete();
        }
    }

    private void complete() {
        valueEnd = scanned;
        state = State.BETWEEN;
    }
}
