package io.cocoon.engine.openai;

import java.util.ArrayList;
import java.util.List;

/** What a token, or the end, adds to a choice. For one thread. */
final class Delta {

    final StringBuilder content = new StringBuilder();
    final StringBuilder reasoning = new StringBuilder();
    final List<ToolCall> calls = new ArrayList<>();
    final List<PlacedToken> tokens = new ArrayList<>();

    boolean isEmpty() {
        return content.isEmpty() && reasoning.isEmpty() && calls.isEmpty();
    }

    void add(Delta other) {
        content.append(other.content);
        reasoning.append(other.reasoning);
        calls.addAll(other.calls);
        tokens.addAll(other.tokens);
    }
}
