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
    private long age = -1;
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

    /** What it costs its caller: the tokens that it reads and may write. What all choices share is read by the first. */
    long cost() {
        return (choice == 0 ? request.asked().prompt().length : 0) + (long) request.maxTokens();
    }

    /** The most tokens that it may come to hold. */
    private long most() {
        return request.asked().prompt().length + (long) request.maxTokens();
    }

    /** When it was first admitted, compared with others. */
    long age() {
        return age;
    }

    void cancel() {
        cancelled = true;
    }

    boolean isCancelled() {
        return cancelled;
    }

    boolean hasReadPrompt() {
        return read >= request.asked().prompt().length;
    }

    /** How many of its tokens the model has not read: one if it writes, more if it reads its prompt or has lost its memory. */
    int unread() {
        return length - read;
    }

    /**
     * Begins to use what is in the cache of its tokens, so that what it would need can be seen. Either {@link #begin} or {@link
     * #free} follows.
     */
    void reserve(PrefixCache cache) {
        pages.addAll(cache.use(request.scope(cache), Arrays.copyOf(tokens, length)));
    }

    /** Takes its place in the backend, with what was reserved. After {@link #giveUp} it comes again, and goes on. */
    void begin(Backend backend, long now) {
        sequence =
                backend.newSequence(pages.stream().map(PrefixCache.Entry::page).toList());
        mostCandidates = backend.mostCandidates();
        read = sequence.length();
        if (age < 0) {
            age = now;
            cached = read;
        }
    }

    /** How many pages it has that are not in the cache. */
    long ownPages(PrefixCache cache) {
        return cache.pagesFor(read) - pages.size();
    }

    /** How many such pages it has when all its tokens are read, and one to write on, if it may come to need that. */
    long ownPagesSoon(PrefixCache cache) {
        return Math.min(cache.pagesFor(length) + 1, cache.pagesFor(most())) - pages.size();
    }

    /** How many pages more it has when it has read so many tokens more. */
    long pagesFor(int count, PrefixCache cache) {
        return cache.pagesFor(read + (long) count) - cache.pagesFor(read);
    }

    /** The next step, which reads so many of its tokens. */
    Backend.Step step(int count) {
        if (sequence == null) {
            throw new IllegalStateException("an answer without memory cannot make a step");
        }
        Backend.Wanted wanted = read + count < length ? Backend.Wanted.NOTHING : wanted();
        return new Backend.Step(sequence, Arrays.copyOfRange(tokens, read, read + count), wanted, sampler);
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
        read += count;
        if (read < length) {
            return null;
        }
        if (completion() == 0 && request.sharesPrompt()) {
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
            tokens = Arrays.copyOf(tokens, (int) Math.min(most(), 2L * length));
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

    /**
     * Gives its memory back and keeps its tokens, to {@link #begin} again. As long as nobody needs the room, what it has read is kept
     * for itself.
     */
    void giveUp(PrefixCache cache) {
        keepPages(cache);
        free(cache, false);
        read = 0;
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
