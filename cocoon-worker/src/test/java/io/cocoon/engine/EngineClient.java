package io.cocoon.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.cocoon.protocol.HttpHeader;
import io.cocoon.tl.Bytes;
import io.cocoon.worker.AnswerSink;
import io.cocoon.worker.Cancellation;
import io.cocoon.worker.InferenceRequest;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Asks an engine as a worker does. */
public final class EngineClient {

    private static final ObjectMapper JSON = new ObjectMapper();

    private EngineClient() {}

    public static String answer(BuiltInEngine engine, String path, String body) throws Exception {
        Sink sink = new Sink();
        engine.answer(request(path, body), sink, sink.cancellation());
        return sink.text();
    }

    static InferenceRequest request(String path, String body) {
        return new InferenceRequest(
                "POST",
                path,
                List.of(),
                "application/json",
                Bytes.utf8(body),
                "tiny",
                body.contains("\"stream\":true"),
                Duration.ofSeconds(60));
    }

    /** Asks for a document. */
    static JsonNode document(BuiltInEngine engine, String path, String body) throws Exception {
        return JSON.readTree(answer(engine, path, body));
    }

    /** Asks for a stream and returns its events without the mark of the end. */
    static List<JsonNode> events(BuiltInEngine engine, String path, String body) throws Exception {
        String text = answer(engine, path, body);
        assertThat(text).endsWith("data: [DONE]\n\n");
        List<JsonNode> events = new ArrayList<>();
        for (String line : text.split("\n\n")) {
            assertThat(line).startsWith("data: ");
            if (!line.equals("data: [DONE]")) {
                events.add(JSON.readTree(line.substring(6)));
            }
        }
        return events;
    }

    /** Collects an answer. */
    static final class Sink implements AnswerSink {
        private final ByteArrayOutputStream body = new ByteArrayOutputStream();
        private int writes;
        int cancelAfter = Integer.MAX_VALUE;
        Runnable onWrite = () -> {};

        Cancellation cancellation() {
            return new Cancellation() {
                @Override
                public boolean isCancelled() {
                    return writes >= cancelAfter;
                }

                @Override
                public void onCancel(Runnable action) {
                    // Asked for only.
                }
            };
        }

        String text() {
            return body.toString(StandardCharsets.UTF_8);
        }

        @Override
        public void head(int status, List<HttpHeader> headers) {
            assertThat(status).isEqualTo(200);
        }

        @Override
        public void write(Bytes piece) {
            writes++;
            body.writeBytes(piece.toByteArray());
            onWrite.run();
        }

        @Override
        public void complete() {
            // The text is the answer.
        }

        @Override
        public void answer(int status, List<HttpHeader> headers, Bytes whole) {
            head(status, headers);
            write(whole);
        }

        @Override
        public void fail(int code, String message) {
            throw new AssertionError(code + " " + message);
        }

        @Override
        public boolean isWritable() {
            return true;
        }

        @Override
        public void awaitWritable() {
            // Takes everything.
        }
    }
}
