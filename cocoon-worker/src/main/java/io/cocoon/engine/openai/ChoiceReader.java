package io.cocoon.engine.openai;

import io.cocoon.engine.serve.StopTexts;
import io.cocoon.engine.serve.Token;
import io.cocoon.engine.text.Detokenizer;
import io.cocoon.engine.text.Tokenizer;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Turns the tokens of one choice into content, reasoning and tool calls. Stop texts and log-probabilities are those of the
 * content, tool calls included. For one thread.
 */
final class ChoiceReader {

    private final Tokenizer tokenizer;
    private final ThinkMarkers markers;
    private final StopTexts stops;
    private final ToolCallReader toolCalls;
    /** Tokens whose text has not been passed on yet. */
    private final Deque<PlacedToken> pending = new ArrayDeque<>();

    private Detokenizer text;
    private boolean reasoning;
    private boolean reasoned;
    private boolean atStart = true;
    private final StringBuilder space = new StringBuilder();
    private int decoded;
    private int released;
    private int reasoningTokens;

    /**
     * Makes one.
     *
     * @param markers what separates reasoning; without any, all is content
     * @param reasoning whether the prompt ends within reasoning
     */
    ChoiceReader(
            Tokenizer tokenizer, ThinkMarkers markers, boolean reasoning, StopTexts stops, ToolCallReader toolCalls) {
        this.tokenizer = tokenizer;
        this.markers = markers;
        this.reasoning = reasoning;
        this.stops = stops;
        this.toolCalls = toolCalls;
        text = tokenizer.detokenizer(false);
    }

    Delta push(Token token) {
        Delta out = new Delta();
        boolean isMarker = markers.exist() && token.id() == (reasoning ? markers.close() : markers.open());
        if (reasoning || isMarker) {
            reasoningTokens++;
        }
        if (isMarker) {
            put(text.finish(), out);
            text = tokenizer.detokenizer(false);
            reasoned |= reasoning;
            reasoning = !reasoning;
            atStart = true;
            space.setLength(0);
            return out;
        }
        if (!reasoning) {
            pending.add(new PlacedToken(token, decoded));
        }
        put(text.push(token.id()), out);
        return out;
    }

    private void put(String piece, Delta out) {
        if (reasoning) {
            // Line ends next to the markers belong to them.
            space.append(piece);
            int end = space.toString().stripTrailing().length();
            String known = space.substring(0, end);
            space.delete(0, end);
            out.reasoning.append(atStart ? known.stripLeading() : known);
            atStart &= known.isBlank();
            if (atStart) {
                space.setLength(0);
            }
        } else {
            String known = reasoned && atStart ? piece.stripLeading() : piece;
            atStart &= known.isEmpty();
            decoded += known.length();
            release(stops.add(known), out);
        }
    }

    private void release(String known, Delta out) {
        released += known.length();
        toolCalls.add(known, out);
        while (!pending.isEmpty() && pending.peek().start() < released) {
            out.tokens.add(pending.remove());
        }
    }

    /** Ends the choice: what was held back comes out, unless a stop text came before it. */
    Delta finish() {
        Delta out = new Delta();
        put(text.finish(), out);
        if (!stops.isFound()) {
            release(stops.rest(), out);
            out.tokens.addAll(pending);
        }
        pending.clear();
        toolCalls.finish(out);
        return out;
    }

    /** Returns whether nothing more is wanted: a stop text came, or the only call that may be. */
    boolean isStopped() {
        return stops.isFound() || toolCalls.isOver();
    }

    int reasoningTokens() {
        return reasoningTokens;
    }
}
