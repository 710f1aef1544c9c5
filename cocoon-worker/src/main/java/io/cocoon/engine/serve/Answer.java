package io.cocoon.engine.serve;

import io.cocoon.engine.model.Backend;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One choice of a request, from the queue to its end. For the scheduler's thread, but for {@link #cancel}. */
final class Answer {

    private final RunningRequest request;
    private final int choice;
    private final Sampler sampler;
    private final List<PrefixCache.Entry> pages = new ArrayList<>();
    private Backend.@Nullable Sequence sequence;
    private int[] tokens;
    private int length;
    private int read;
    private int cached;
    private int mostCandidates;
    private volatile boolean cancelled;

    Answer(RunningRequest request, int choice, int vocabulary) {
        this.request = request;
        this.choice = choice;
        tokens = request.asked().prompt();
        length = tokens.length;
        sampler = new Sampler(request.asked(), choice, vocabulary);
    }

    RunningRequest request() {
        return request;
    }

    /** Returns the other choices if they waited for this one to read the prompt; each of them is returned once. */
    List<Answer> followers() {
        return choice == 0 ? request.takeFollowers() : List.of();
    }

    /** The most tokens that it may come to hold. */
    long size() {
        return request.asked().prompt().length + (long) request.maxTokens();
    }

    void cancel() {
        cancelled = true;
    }

    boolean isCancelled() {
        return cancelled;
    }

    boolean readsPrompt() {
        return read < request.asked().prompt().length;
    }

    /** Takes its place in the backend, with what is there of its prompt. */
    void begin(Backend backend, PrefixCache cache) {
        pages.addAll(cache.use(request.scope(cache), request.asked().prompt()));
        sequence =
                backend.newSequence(pages.stream().map(PrefixCache.Entry::page).toList());
        mostCandidates = backend.mostCandidates();
        read = sequence.length();
        cached = read;
    }

    /** The next step: a piece of the prompt, or the last token; null if the budget is used up. */
    Backend.@Nullable Step step(int budget) {
        int count = readsPrompt() ? Math.min(length - read, budget) : 1;
        if (sequence == null || count == 0) {
            return null;
        }
        Backend.Wanted wanted = read + count < length ? Backend.Wanted.NOTHING : wanted();
        return new Backend.Step(sequence, Arrays.copyOfRange(tokens, read, read + count), wanted);
    }

    /** The least that the next token can be chosen from. */
    private Backend.Wanted wanted() {
        if (sampler.isPlain()) {
            return Backend.Wanted.LIKELIEST;
        }
        int candidates = sampler.candidates();
        return candidates > 0 && candidates <= mostCandidates ? Backend.Wanted.CANDIDATES : Backend.Wanted.LAST;
    }

    /**
     * Takes the result of a step.
     *
     * @return why the choice is over with it, or null
     */
    Generation.@Nullable End took(int count, Backend.Result result, Backend backend, PrefixCache cache) {
        boolean prompt = readsPrompt();
        read += count;
        if (readsPrompt()) {
            return null;
        }
        if (prompt && request.sharesPrompt()) {
            keepPages(cache);
        }
        Backend.Candidates candidates = result.candidates();
        Token next = sampler.isPlain()
                ? sampler.plain(result.likeliest())
                : candidates != null ? sampler.next(candidates) : sampler.next(result.logits()[0]);
        append(next.id());
        if (backend.shape().endTokens().contains(next.id())) {
            return Generation.End.STOP;
        }
        request.listener().token(choice, next);
        if (sampler.isComplete()) {
            return Generation.End.STOP;
        }
        return completion() >= request.maxTokens() ? Generation.End.LENGTH : null;
    }

    private void append(int id) {
        if (length == tokens.length) {
            tokens = Arrays.copyOf(tokens, (int) Math.min(size(), 2L * length));
        }
        tokens[length++] = id;
    }

    private int completion() {
        return length - request.asked().prompt().length;
    }

    private void keepPages(PrefixCache cache) {
        if (sequence != null) {
            cache.put(request.scope(cache), pages, Arrays.copyOf(tokens, read), sequence);
        }
    }

    /** Tells how it ended, after {@link #free}. */
    void end(Generation.End how) {
        request.tell(() -> request.listener().ended(choice, how, completion(), cached));
    }

    /** Tells why it failed, after {@link #free}. */
    void fail(Throwable cause) {
        request.tell(() -> request.listener().failed(choice, cause));
    }

    /**
     * Gives its memory back. May be called more than once.
     *
     * @param keep whether what it read and wrote may serve later requests; not after a failure
     */
    void free(PrefixCache cache, boolean keep) {
        if (keep && request.asked().cacheKey().isPresent()) {
            keepPages(cache);
        }
        if (sequence != null) {
            sequence.close();
            sequence = null;
        }
        cache.release(pages);
    }
}
