package io.cocoon.client;

import io.cocoon.inference.HttpHeaders;
import io.cocoon.payment.TokenUsage;
import io.cocoon.protocol.HttpHeader;
import io.cocoon.tl.Bytes;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * An answer as the model server gave it: status, headers, and a body that arrives while it is read.
 *
 * <p>To be read by one thread, once, and to be closed by any; closing early cancels the request. Reading throws
 * {@link CocoonException}.
 */
public final class HttpReply implements AutoCloseable {

    private final Answer answer;
    private final CocoonClient client;
    private final Body body = new Body();

    HttpReply(Answer answer, CocoonClient client) {
        this.answer = answer;
        this.client = client;
    }

    /** Returns the HTTP status. */
    public int status() {
        return answer.head().statusCode();
    }

    /** Returns the headers by name, without regard to case; what belongs to one hop only is left out. */
    public Map<String, List<String>> headers() {
        Map<String, List<String>> all = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (HttpHeader header : HttpHeaders.fromUpstream(answer.head().headers())) {
            all.computeIfAbsent(header.name(), name -> new ArrayList<>()).add(header.value());
        }
        return Collections.unmodifiableMap(all);
    }

    /** Returns the body, decrypted if it was encrypted. Always the same stream; each read gives what has arrived. */
    public InputStream body() {
        return body;
    }

    /** Reads the rest of the body, at most 64 MiB. */
    public byte[] bytes() {
        Bytes all = AnswerDocuments.collect(answer, AnswerDocuments.MAX_ANSWER_BYTES);
        return body.left.concat(all).toByteArray();
    }

    /** Reads the rest of the body as text. */
    public String text() {
        return new String(bytes(), StandardCharsets.UTF_8);
    }

    /** Tells the client what the body counted, so that the bill can be checked against it. */
    public void check(TokenUsage usage) {
        client.check(answer, usage);
    }

    /** Returns what the request costs; see {@link ChatStream#bill}. */
    public Bill bill() {
        return answer.bill();
    }

    /** Returns what was proven about the proxy. */
    public Attestation attestation() {
        return answer.attestation();
    }

    /** Returns how often the request was tried. */
    public List<Attempt> attempts() {
        return answer.attempts();
    }

    /** Returns whether the strings of request and answer were encrypted by this client. */
    public boolean isEncrypted() {
        return answer.sealed() != null;
    }

    /** Cancels the request unless its answer is complete. Does not block. */
    @Override
    public void close() {
        answer.close();
    }

    private final class Body extends InputStream {
        private Bytes left = Bytes.empty();

        @Override
        public int read() {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] target, int offset, int length) {
            java.util.Objects.checkFromIndexSize(offset, length, target.length);
            if (length == 0) {
                return 0;
            }
            if (left.isEmpty()) {
                @Nullable Bytes next = answer.next();
                if (next == null) {
                    return -1;
                }
                left = next;
            }
            int count = Math.min(length, left.length());
            left.slice(0, count).copyTo(target, offset);
            left = left.sliceFrom(count);
            return count;
        }

        @Override
        public int available() {
            return left.length();
        }

        @Override
        public void close() {
            answer.close();
        }
    }
}
