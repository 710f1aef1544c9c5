package io.cocoon.worker.http;

import io.cocoon.protocol.ErrorCodes;
import io.cocoon.tl.Bytes;
import io.cocoon.worker.EngineException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Turns server-sent events into one JSON document a line, as the bytes pass. Source: the WHATWG HTML standard, section
 * "Server-sent events"; only data lines matter here, and OpenAI-compatible servers put a whole document into one.
 *
 * <p>Confined to one thread.
 */
final class EventsToLines {

    private static final int MAX_LINE_BYTES = 16 << 20;
    private static final byte[] FIELD = "data:".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] DONE = "[DONE]".getBytes(StandardCharsets.US_ASCII);

    private final ByteArrayOutputStream line = new ByteArrayOutputStream();

    /** Takes a piece and returns the lines that are complete now. */
    Bytes feed(byte[] source, int length) throws EngineException {
        ByteArrayOutputStream out = new ByteArrayOutputStream(length);
        int from = 0;
        for (int i = 0; i < length; i++) {
            if (source[i] == '\n' || source[i] == '\r') {
                line.write(source, from, i - from);
                from = i + 1;
                endLine(out);
            }
        }
        line.write(source, from, length - from);
        if (line.size() > MAX_LINE_BYTES) {
            throw new EngineException(
                    ErrorCodes.UNSPECIFIED, "worker: the model server sent an event of more than 16 MiB");
        }
        return Bytes.wrapUnshared(out.toByteArray());
    }

    /** Returns what a last line without an end holds. */
    Bytes end() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        endLine(out);
        return Bytes.wrapUnshared(out.toByteArray());
    }

    private void endLine(ByteArrayOutputStream out) {
        if (line.size() == 0) {
            return;
        }
        byte[] content = line.toByteArray();
        line.reset();
        if (!startsWith(content, 0, FIELD)) {
            return;
        }
        int from = FIELD.length;
        if (from < content.length && content[from] == ' ') {
            from++;
        }
        if (from < content.length && !startsWith(content, from, DONE)) {
            out.write(content, from, content.length - from);
            out.write('\n');
        }
    }

    private static boolean startsWith(byte[] content, int from, byte[] prefix) {
        if (content.length - from < prefix.length) {
            return false;
        }
        for (int i = 0; i < prefix.length; i++) {
            if (content[from + i] != prefix[i]) {
                return false;
            }
        }
        return true;
    }
}
