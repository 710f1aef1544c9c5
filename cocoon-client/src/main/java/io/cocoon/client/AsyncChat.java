package io.cocoon.client;

import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * A sealed chat request, to be sent without blocking the caller.
 *
 * <p>Runs on the client's executor, where each running request holds a thread: a virtual one where the JDK has them.
 * Cancelling a future cancels the request. Futures fail with {@link CocoonException}. Thread-safe; may be sent several times.
 */
public final class AsyncChat {

    private final CocoonClient client;
    private final Prepared whole;
    private final Prepared streamed;

    AsyncChat(CocoonClient client, Prepared whole, Prepared streamed) {
        this.client = client;
        this.whole = whole;
        this.streamed = streamed;
    }

    /** Asks for the whole answer. */
    public CompletableFuture<ChatReply> send() {
        return client.async(() -> client.chat(whole));
    }

    /**
     * Asks for a stream.
     *
     * @param onChunk called for each piece, one at a time, in order; while it runs nothing more is read. What it throws ends
     *     the request and fails the future
     * @return completes with the whole answer
     */
    public CompletableFuture<ChatReply> stream(Consumer<? super ChatChunk> onChunk) {
        return client.async(() -> {
            try (ChatStream stream = client.chatStream(streamed)) {
                stream.forEach(onChunk);
                return stream.reply();
            }
        });
    }
}
