package io.cocoon.engine.openai;

import io.cocoon.engine.serve.Generation;
import io.cocoon.engine.serve.StopTexts;
import io.cocoon.engine.serve.Token;
import io.cocoon.engine.text.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

/**
 * Carries one answer from the scheduler's thread, which must not wait, to the thread of the request, which may. The answer's
 * length bounds what is held.
 */
public final class AnswerStream implements Generation.Listener {

    /** Takes what is written, on the request's thread; may wait. */
    public interface Out {

        /** Takes the events of a stream, one or more whole ones. */
        void events(byte[] events) throws InterruptedException;

        /** Takes an answer that is no stream. */
        void document(byte[] json);
    }

    /** How an answer went. */
    public enum Outcome {
        /** All of it was written. */
        WHOLE,
        /** Nobody wants it any more. */
        UNWANTED,
        /** The scheduler was closed within it: what was written must not look like a whole answer. */
        CUT
    }

    private static final long POLL_MILLIS = 100;

    private record Event(int choice, Object what) {}

    private record Ended(Generation.End how, int completion, int cached) {}

    private final CompletionRequest request;
    private final int[] prompt;
    private final AnswerWriter writer;
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private final List<ChoiceReader> readers = new ArrayList<>();
    private final List<Delta> deltas = new ArrayList<>();
    private final List<String> reasons = new ArrayList<>();
    private final int[] tokens;
    private final boolean[] over;
    private final boolean[] called;
    private int cached;

    /**
     * Prepares an answer.
     *
     * @param prompt the ids that the model reads
     * @param created when, in seconds since 1970
     */
    public AnswerStream(
            CompletionRequest request,
            int[] prompt,
            Tokenizer tokenizer,
            ThinkMarkers markers,
            ToolStyle style,
            long created) {
        this.request = request;
        this.prompt = prompt;
        writer = new AnswerWriter(request, tokenizer, UUID.randomUUID(), created);
        ThinkMarkers used = request.chat() ? markers : new ThinkMarkers(-1, -1);
        for (int i = 0; i < request.choices(); i++) {
            readers.add(new ChoiceReader(
                    tokenizer,
                    used,
                    used.isOpenAtEndOf(prompt),
                    new StopTexts(request.stop()),
                    new ToolCallReader(
                            request.forcedCall() ? ToolStyle.BARE_JSON : style,
                            request.tools().stream().map(Tool::name).collect(Collectors.toSet()),
                            request.mayCallInstead(),
                            !request.parallelCalls())));
            deltas.add(new Delta());
            reasons.add("stop");
        }
        tokens = new int[request.choices()];
        over = new boolean[request.choices()];
        called = new boolean[request.choices()];
    }

    @Override
    public void token(int choice, Token token) {
        events.add(new Event(choice, token));
    }

    @Override
    public void ended(int choice, Generation.End end, int completionTokens, int cachedTokens) {
        events.add(new Event(choice, new Ended(end, completionTokens, cachedTokens)));
    }

    @Override
    public void failed(int choice, Throwable cause) {
        events.add(new Event(choice, cause));
    }

    /**
     * Writes the answer as it comes; returns when it is over.
     *
     * @param generation what makes it
     * @param unwanted says that nobody waits for it any more
     * @throws IllegalStateException if a choice failed, with its cause
     */
    public Outcome write(Generation generation, Out out, BooleanSupplier unwanted) throws InterruptedException {
        if (request.stream() && request.chat()) {
            out.events(writer.begin());
        }
        int open = request.choices();
        while (open > 0) {
            Event event = events.poll(POLL_MILLIS, TimeUnit.MILLISECONDS);
            if (unwanted.getAsBoolean()) {
                return Outcome.UNWANTED;
            }
            if (event == null || over[event.choice]) {
                continue;
            }
            int choice = event.choice;
            ChoiceReader reader = readers.get(choice);
            if (event.what instanceof Token token) {
                tokens[choice]++;
                pass(choice, reader.push(token), out);
                if (reader.isStopped()) {
                    generation.cancel(choice);
                    finish(choice, "stop", out);
                    open--;
                }
            } else if (event.what instanceof Ended ended) {
                if (ended.how == Generation.End.CANCELLED) {
                    return Outcome.CUT;
                }
                tokens[choice] = ended.completion;
                cached = choice == 0 ? ended.cached : cached;
                finish(choice, ended.how == Generation.End.LENGTH ? "length" : "stop", out);
                open--;
            } else if (event.what instanceof Throwable cause) {
                throw new IllegalStateException("choice " + choice + " failed", cause);
            }
        }
        int completion = 0;
        int reasoning = 0;
        for (int i = 0; i < tokens.length; i++) {
            completion += tokens[i];
            reasoning += readers.get(i).reasoningTokens();
        }
        AnswerWriter.Usage usage = new AnswerWriter.Usage(prompt.length, cached, completion, reasoning);
        if (request.stream()) {
            out.events(writer.end(usage));
        } else {
            out.document(writer.whole(deltas, reasons, usage));
        }
        return Outcome.WHOLE;
    }

    /** Pieces without text wait for the next one, and their log-probabilities with them. */
    private void pass(int choice, Delta delta, Out out) throws InterruptedException {
        Delta all = deltas.get(choice);
        all.add(delta);
        called[choice] |= !delta.calls.isEmpty();
        if (request.stream() && !all.isEmpty()) {
            deltas.set(choice, new Delta());
            out.events(writer.piece(choice, all, null));
        }
    }

    private void finish(int choice, String reason, Out out) throws InterruptedException {
        over[choice] = true;
        pass(choice, readers.get(choice).finish(), out);
        String why = called[choice] ? "tool_calls" : reason;
        reasons.set(choice, why);
        if (request.stream()) {
            out.events(writer.piece(choice, deltas.get(choice), why));
        }
    }
}
