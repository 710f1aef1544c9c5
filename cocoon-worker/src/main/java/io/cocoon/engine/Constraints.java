package io.cocoon.engine;

import io.cocoon.engine.grammar.CallForm;
import io.cocoon.engine.grammar.Grammar;
import io.cocoon.engine.grammar.JsonConstraint;
import io.cocoon.engine.grammar.SchemaException;
import io.cocoon.engine.grammar.SchemaReader;
import io.cocoon.engine.grammar.TokenBytes;
import io.cocoon.engine.openai.CompletionRequest;
import io.cocoon.engine.openai.RefusedException;
import io.cocoon.engine.openai.ThinkMarkers;
import io.cocoon.engine.openai.Tool;
import io.cocoon.engine.openai.ToolStyle;
import io.cocoon.engine.serve.Constraint;
import io.cocoon.engine.text.Tokenizer;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;

/** Makes what keeps answers to the schema of their request. Immutable. */
final class Constraints {

    private final TokenBytes tokens;
    private final List<Integer> endTokens;
    private final ThinkMarkers thinking;
    private final ToolStyle style;

    /** The tokens that begin and end a call; empty if they are text, or there are none. */
    private final List<Integer> callMarkers;

    Constraints(Tokenizer tokenizer, List<Integer> endTokens, ToolStyle style) {
        this.endTokens = endTokens;
        this.style = style;
        tokens = TokenBytes.of(tokenizer);
        thinking = ThinkMarkers.of(tokenizer);
        OptionalInt open = tokenizer.addedToken(style.open());
        OptionalInt close = tokenizer.addedToken(style.close());
        callMarkers = open.isPresent() && close.isPresent() ? List.of(open.getAsInt(), close.getAsInt()) : List.of();
    }

    /**
     * Returns what makes a constraint for each choice; empty if the answer is free.
     *
     * @throws RefusedException if the schema cannot be followed
     */
    Optional<Supplier<Constraint>> of(CompletionRequest asked, int[] prompt) throws RefusedException {
        if (asked.schema().isEmpty()) {
            return Optional.empty();
        }
        Grammar grammar;
        try {
            grammar = asked.mayCallInstead()
                    ? SchemaReader.read(asked.schema().get(), calls(asked))
                    : SchemaReader.read(asked.schema().get());
        } catch (SchemaException e) {
            throw new RefusedException(String.valueOf(e.getMessage()), e);
        }
        JsonConstraint.Thoughts thoughts = thoughts(asked.chat(), prompt);
        return Optional.of(() -> new JsonConstraint(grammar, tokens, endTokens, callMarkers, thoughts));
    }

    private CallForm calls(CompletionRequest asked) {
        return new CallForm(
                asked.tools().stream().map(Tool::name).toList(),
                style.open(),
                style.close(),
                !callMarkers.isEmpty(),
                style.arguments(),
                asked.parallelCalls());
    }

    private JsonConstraint.Thoughts thoughts(boolean chat, int[] prompt) {
        JsonConstraint.Thoughts.Where where = !chat || !thinking.exist() || thinking.isClosedAtEndOf(prompt)
                ? JsonConstraint.Thoughts.Where.BEHIND
                : thinking.isOpenAtEndOf(prompt)
                        ? JsonConstraint.Thoughts.Where.WITHIN
                        : JsonConstraint.Thoughts.Where.BEFORE;
        return new JsonConstraint.Thoughts(thinking.open(), thinking.close(), where);
    }
}
