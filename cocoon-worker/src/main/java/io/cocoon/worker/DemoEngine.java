package io.cocoon.worker;

import java.time.Duration;

/**
 * A demonstration, not a model: it says so, repeats what it was asked and tells how long that was, word by word. For a
 * first run without a model server, and for tests.
 */
public final class DemoEngine {

    private static final int MAX_QUOTE = 200;
    private static final int TOKENS_AROUND_A_MESSAGE = 4;
    private static final int CHARACTERS_PER_TOKEN = 4;

    private DemoEngine() {}

    /** Returns an engine that sends one word after each {@code pause}; zero sends them at once. */
    public static InferenceEngine create(Duration pause) {
        return ChatEngine.of((request, out) -> reply(request, out, pause));
    }

    private static void reply(ChatRequest request, TokenSink out, Duration pause) throws InterruptedException {
        long limit = request.maxTokens().orElse(Long.MAX_VALUE);
        long sent = 0;
        for (String word : text(request.lastUserText()).split("(?<= )")) {
            if (sent == limit) {
                out.finishReason("length");
                break;
            }
            if (!pause.isZero()) {
                Thread.sleep(pause.toMillis());
            }
            if (!out.emit(word)) {
                return;
            }
            sent++;
        }
        long prompt = 0;
        for (ChatMessage message : request.messages()) {
            prompt += TOKENS_AROUND_A_MESSAGE
                    + (message.text().length() + CHARACTERS_PER_TOKEN - 1) / CHARACTERS_PER_TOKEN;
        }
        out.usage(prompt, 0, sent, 0);
    }

    private static String text(String question) {
        String asked = question.strip();
        String quote = asked.length() <= MAX_QUOTE ? asked : asked.substring(0, MAX_QUOTE) + "…";
        int words = asked.isEmpty() ? 0 : asked.split("\\s+").length;
        return "This is Cocoon's demonstration engine, not a language model. You wrote \"" + quote + "\", which is "
                + words + (words == 1 ? " word" : " words") + ". A real worker would now answer"
                + (asked.endsWith("?") ? " your question" : "")
                + "; put a model server behind it with HttpEngine, or your own model with ChatEngine.";
    }
}
