package io.cocoon.engine.serve;

import io.cocoon.engine.model.Backend;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Continuous batching: every step takes one token of each running answer and a piece of the prompts that are still being
 * read. Thread-safe. A request with several choices is as many answers.
 *
 * <p>An answer is admitted when the cache has room for its prompt and one more page for each that runs, so that most of it is in use;
 * those that wait take turns by {@link Caller}, weighted by the tokens that they ask for. When the room runs out, the youngest answer
 * gives its memory back, waits in front of its caller's other ones, and later reads its prompt and what it has written again: it goes on
 * with the same tokens as if nothing had been. The oldest one never waits for room, so there is always progress. An answer that could
 * never fit is refused at once.
 *
 * <p>Prompts are read in pieces that share each step fairly, so that a long one does not hold up the others. What is left of the cache
 * keeps beginnings of prompts for requests that may share them; it is given up when an answer needs the room.
 */
public final class Scheduler implements AutoCloseable {

    /**
     * Bounds.
     *
     * @param running answers at once
     * @param waiting answers that may wait beside those that run; more are refused
     * @param cachedTokens tokens of all running answers together, prompts included, each in whole pages of the backend
     * @param stepTokens tokens of prompts that one step reads at most
     */
    public record Limits(int running, int waiting, long cachedTokens, int stepTokens) {

        /** Sixteen at once, a hundred waiting, 65,536 tokens, 128 a step. */
        public static final Limits DEFAULT = new Limits(16, 100, 65_536, 128);

        /** Checks that all are positive. */
        public Limits {
            if (running < 1 || waiting < 0 || cachedTokens < 1 || stepTokens < 1) {
                throw new IllegalArgumentException("limits must be positive, waiting may be 0: " + running + ", "
                        + waiting + ", " + cachedTokens + ", " + stepTokens);
            }
        }
    }

    private final Backend backend;
    private final int vocabulary;
    private final Limits limits;
    private final Thread thread;
    private final Room room;
    private final PrefixCache cache;
    private final Object lock = new Object();
    private final FairQueue<Answer> waiting = new FairQueue<>();

    /** Oldest first. Changed by the scheduler's thread only, so that it may read without the lock. */
    private final List<Answer> running = new ArrayList<>();

    private long admissions;
    private long preemptions;
    private long reserved;
    private long kept;
    private int unfinished;
    private boolean draining;
    private boolean closed;

    /**
     * Starts the thread.
     *
     * @param backend is closed with the scheduler; nobody else may use it
     * @param vocabulary how many ids are real tokens
     */
    public Scheduler(Backend backend, int vocabulary, Limits limits) {
        this.backend = backend;
        this.vocabulary = Math.min(vocabulary, backend.shape().vocabulary());
        this.limits = limits;
        room = Room.of(limits.cachedTokens, backend.pageTokens());
        cache = room.cache();
        thread = new Thread(this::work, "cocoon-engine");
        thread.setDaemon(true);
        thread.start();
    }

    /**
     * Asks for an answer.
     *
     * @throws IllegalArgumentException if the prompt leaves no room for an answer, or can never fit into the cache
     * @throws RejectedExecutionException if too many wait already, or the scheduler is draining or closed
     */
    public Generation submit(GenerationRequest asked, Generation.Listener listener) {
        int context = backend.shape().context();
        int prompt = asked.prompt().length;
        if (prompt >= context) {
            throw new IllegalArgumentException("a prompt of " + prompt + " tokens and an answer of up to "
                    + asked.maxTokens() + " do not fit a context of " + context);
        }
        int most = Math.min(asked.maxTokens(), context - prompt);
        if (cache.pagesFor((long) prompt + most) > room.pages()) {
            throw new IllegalArgumentException("a prompt of " + prompt + " tokens with an answer of up to " + most
                    + " needs more than the cache of " + room.tokens() + " tokens; ask for a shorter answer");
        }
        if (asked.choices() > limits.running + limits.waiting) {
            throw new IllegalArgumentException(asked.choices() + " choices are more than the "
                    + (limits.running + limits.waiting) + " answers that may run and wait; ask for fewer");
        }
        RunningRequest request = new RunningRequest(asked, most, listener, this::wakeUp, vocabulary);
        synchronized (lock) {
            if (draining || closed) {
                throw new RejectedExecutionException("the engine is ending");
            }
            if (unfinished + asked.choices() > limits.running + limits.waiting) {
                throw new RejectedExecutionException(
                        unfinished + " answers run and wait already, of at most " + (limits.running + limits.waiting));
            }
            unfinished += asked.choices();
            Answer first = request.answers().get(0);
            waiting.add(asked.caller(), first, first.cost());
            lock.notifyAll();
        }
        return request;
    }

    private void wakeUp() {
        synchronized (lock) {
            lock.notifyAll();
        }
    }

    /** Returns how many tokens prompt and answer may have together: what the model reads and the cache has room for. */
    public int longest() {
        return (int) Math.min(backend.shape().context(), room.tokens());
    }

    /** Returns whether it takes answers: neither draining nor closed, nor ended by an error of its own. */
    public boolean isOpen() {
        synchronized (lock) {
            return !draining && !closed;
        }
    }

    /** Returns how many answers run. */
    public int running() {
        synchronized (lock) {
            return running.size();
        }
    }

    /**
     * Returns how many answers wait for a place, those included that lost theirs; of a request with several choices only the first may
     * do so at first.
     */
    public int waiting() {
        synchronized (lock) {
            return waiting.size();
        }
    }

    /** Returns how many tokens of the cache running answers have, in whole pages; what several share counts once. */
    public long reservedTokens() {
        synchronized (lock) {
            return reserved;
        }
    }

    /** Returns how many tokens of the cache are kept for prompts that may come again. */
    public long keptTokens() {
        synchronized (lock) {
            return kept;
        }
    }

    /** Returns how often an answer had to give its memory back and begin to read again. */
    public long preemptions() {
        synchronized (lock) {
            return preemptions;
        }
    }

    /** Takes no more, and waits until all that was taken has ended. */
    public void drain() throws InterruptedException {
        synchronized (lock) {
            draining = true;
            while (!closed && unfinished > 0) {
                lock.wait();
            }
        }
    }

    /** Cancels everything and ends the thread; returns when it has ended. */
    @Override
    public void close() {
        synchronized (lock) {
            closed = true;
            lock.notifyAll();
        }
        boolean interrupted = false;
        while (thread != Thread.currentThread()) {
            try {
                thread.join();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void work() {
        try {
            while (awaitWork()) {
                endCancelled();
                admit();
                step();
            }
        } finally {
            endAll();
            cache.shrink(0);
            backend.close();
        }
    }

    private void endAll() {
        List<Answer> left = new ArrayList<>();
        synchronized (lock) {
            closed = true;
            left.addAll(running);
            left.addAll(waiting.removeIf(answer -> true));
            running.clear();
        }
        // Those that wait for the first choice of their request come into the queue as it ends.
        for (int i = 0; i < left.size(); i++) {
            Answer answer = left.get(i);
            left.addAll(answer.followers());
            answer.free(cache, false);
            answer.end(Generation.End.CANCELLED);
            ended(answer);
        }
    }

    /** Waits for work; returns false at the end. */
    private boolean awaitWork() {
        synchronized (lock) {
            while (!closed && running.isEmpty() && waiting.isEmpty()) {
                try {
                    lock.wait();
                } catch (InterruptedException e) {
                    closed = true;
                }
            }
            return !closed;
        }
    }

    private void endCancelled() {
        List<Answer> cancelled;
        synchronized (lock) {
            cancelled = waiting.removeIf(Answer::isCancelled);
        }
        running.stream().filter(Answer::isCancelled).forEach(cancelled::add);
        cancelled.forEach(answer -> finish(answer, Generation.End.CANCELLED));
    }

    /** Admits those whose turn it is, as long as there is room. What does not fit is waited for: else a large one never came. */
    private void admit() {
        while (running.size() < limits.running) {
            Answer next;
            synchronized (lock) {
                next = waiting.peek();
            }
            if (next == null) {
                break;
            }
            next.reserve(cache);
            if (!room.isEnough(running, next)) {
                next.free(cache, false);
                break;
            }
            next.begin(backend, admissions++);
            synchronized (lock) {
                waiting.poll();
                running.add(next);
                running.sort(Comparator.comparingLong(Answer::age));
            }
        }
    }

    /** Takes the place of the youngest answer. It has not lost what it wrote, and has paid for its turn. */
    private void preemptYoungest() {
        Answer youngest = running.get(running.size() - 1);
        synchronized (lock) {
            running.remove(youngest);
            waiting.addFirst(youngest.request().asked().caller(), youngest, 0);
            preemptions++;
        }
        youngest.giveUp(cache);
    }

    /** For others to see. Before anybody hears of an end, so that what it held is seen to be free. */
    private void publish() {
        synchronized (lock) {
            reserved = room.used(running) * room.pageTokens();
            kept = cache.idleTokens();
        }
    }

    private void release(Answer answer) {
        synchronized (lock) {
            running.remove(answer);
        }
    }

    private void finish(Answer answer, Generation.End how) {
        release(answer);
        answer.free(cache, true);
        publish();
        enqueue(answer.followers());
        answer.end(how);
        ended(answer);
    }

    private void fail(Answer answer, Throwable cause) {
        release(answer);
        answer.free(cache, false);
        publish();
        enqueue(answer.followers());
        answer.fail(cause);
        ended(answer);
    }

    /** They are the next of their caller: what they share with the first choice is still there. */
    private void enqueue(List<Answer> followers) {
        synchronized (lock) {
            for (int i = followers.size() - 1; i >= 0; i--) {
                Answer answer = followers.get(i);
                waiting.addFirst(answer.request().asked().caller(), answer, answer.cost());
            }
        }
    }

    private void ended(Answer answer) {
        answer.request().finished(cache);
        publish();
        synchronized (lock) {
            unfinished--;
            lock.notifyAll();
        }
    }

    private void step() {
        List<Backend.Step> steps = new ArrayList<>();
        List<Answer> order = new ArrayList<>();
        int[] shares = StepShares.of(running.stream().mapToInt(Answer::unread).toArray(), limits.stepTokens);
        long more = 0;
        for (int i = 0; i < running.size(); i++) {
            Answer answer = running.get(i);
            long wanted = answer.pagesFor(shares[i], cache);
            // Those behind it lose their places, and it itself in the end; the oldest one alone fits for certain.
            while (i < running.size() && room.used(running) + more + wanted > room.pages()) {
                preemptYoungest();
            }
            if (i < running.size() && shares[i] > 0) {
                more += wanted;
                order.add(answer);
                steps.add(answer.step(shares[i]));
            }
        }
        if (steps.isEmpty()) {
            return;
        }
        cache.shrink(room.pages() - room.used(running) - more);
        List<Backend.Result> results;
        try {
            results = backend.compute(steps, vocabulary);
        } catch (RuntimeException | Error e) {
            // The sequences of this step are in an unknown state: all of them end, the others go on.
            order.forEach(answer -> fail(answer, e));
            return;
        }
        for (int i = 0; i < order.size(); i++) {
            took(order.get(i), steps.get(i).tokens().length, results.get(i));
        }
        publish();
    }

    private void took(Answer answer, int tokens, Backend.Result result) {
        try {
            Generation.@Nullable End end = answer.took(tokens, result, backend, cache);
            if (answer.hasReadPrompt()) {
                enqueue(answer.followers());
            }
            if (end != null) {
                finish(answer, end);
            }
        } catch (RuntimeException e) {
            fail(answer, e);
        }
    }
}
