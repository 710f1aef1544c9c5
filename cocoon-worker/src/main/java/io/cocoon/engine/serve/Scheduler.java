package io.cocoon.engine.serve;

import io.cocoon.engine.model.Backend;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Continuous batching: every step takes one token of each running answer and a piece of the prompts that are still being
 * read. Thread-safe. A request with several choices is as many answers.
 *
 * <p>An answer is admitted when the longest that it may become fits into the cache together with all that run, so that no
 * running answer is ever without memory; those that wait are admitted in the order in which they came. An answer that could
 * never fit is refused at once. Prompts are read in pieces, so that a long one does not hold up the others. What is left of the
 * cache keeps beginnings of prompts for requests that may share them; it is given up when an answer needs the room.
 */
public final class Scheduler implements AutoCloseable {

    /**
     * Bounds.
     *
     * @param running answers at once
     * @param waiting answers that may wait beside those that run; more are refused
     * @param cachedTokens tokens of all running answers together, prompts included, at their longest
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
    private final PrefixCache cache;
    private final Object lock = new Object();
    private final Deque<Answer> waiting = new ArrayDeque<>();
    private final List<Answer> running = new ArrayList<>();
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
        cache = new PrefixCache(backend.pageTokens());
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
        if ((long) prompt + most > limits.cachedTokens) {
            throw new IllegalArgumentException("a prompt of " + prompt + " tokens with an answer of up to " + most
                    + " needs more than the cache of " + limits.cachedTokens + " tokens; ask for a shorter answer");
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
            waiting.add(request.answers().get(0));
            lock.notifyAll();
        }
        return request;
    }

    private void wakeUp() {
        synchronized (lock) {
            lock.notifyAll();
        }
    }

    private boolean hasRoom(Answer answer) {
        return running.size() < limits.running && reserved + answer.size() <= limits.cachedTokens;
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

    /** Returns how many answers wait for a place; of a request with several choices only the first may do so at first. */
    public int waiting() {
        synchronized (lock) {
            return waiting.size();
        }
    }

    /** Returns how many tokens of the cache are promised to running answers. */
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
            while (true) {
                List<Answer> now = admitted();
                if (now == null) {
                    break;
                }
                step(now);
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
            left.addAll(waiting);
            running.clear();
            waiting.clear();
            reserved = 0;
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

    /** Waits for work; returns what runs now, or null at the end. */
    private @Nullable List<Answer> admitted() {
        List<Answer> cancelled = new ArrayList<>();
        List<Answer> admitted = new ArrayList<>();
        List<Answer> now;
        synchronized (lock) {
            while (!closed && running.isEmpty() && waiting.isEmpty()) {
                try {
                    lock.wait();
                } catch (InterruptedException e) {
                    closed = true;
                }
            }
            if (closed) {
                return null;
            }
            waiting.removeIf(answer -> answer.isCancelled() && cancelled.add(answer));
            for (Answer answer : List.copyOf(running)) {
                if (answer.isCancelled()) {
                    cancelled.add(answer);
                    release(answer);
                }
            }
            while (!waiting.isEmpty() && hasRoom(waiting.peek())) {
                Answer next = waiting.remove();
                running.add(next);
                reserved += next.size();
                admitted.add(next);
            }
            now = List.copyOf(running);
        }
        cancelled.forEach(answer -> finish(answer, Generation.End.CANCELLED));
        for (Answer answer : admitted) {
            answer.begin(backend, cache);
        }
        shrinkCache();
        return now;
    }

    /** What running answers may come to need is not left to idle pages. */
    private void shrinkCache() {
        cache.shrink(limits.cachedTokens - reservedTokens());
        synchronized (lock) {
            kept = cache.idleTokens();
        }
    }

    private void release(Answer answer) {
        synchronized (lock) {
            if (running.remove(answer)) {
                reserved -= answer.size();
            }
        }
    }

    private void finish(Answer answer, Generation.End how) {
        release(answer);
        answer.free(cache, true);
        enqueue(answer.followers());
        answer.end(how);
        ended(answer);
    }

    private void fail(Answer answer, Throwable cause) {
        release(answer);
        answer.free(cache, false);
        enqueue(answer.followers());
        answer.fail(cause);
        ended(answer);
    }

    /** They are next: their request has waited already, and what they share with the first choice is still there. */
    private void enqueue(List<Answer> followers) {
        synchronized (lock) {
            for (int i = followers.size() - 1; i >= 0; i--) {
                waiting.addFirst(followers.get(i));
            }
        }
    }

    private void ended(Answer answer) {
        answer.request().finished(cache);
        synchronized (lock) {
            unfinished--;
            kept = cache.idleTokens();
            lock.notifyAll();
        }
    }

    private void step(List<Answer> now) {
        List<Backend.Step> steps = new ArrayList<>();
        List<Answer> order = new ArrayList<>();
        int left = limits.stepTokens;
        for (Answer answer : now) {
            Backend.Step step = answer.step(left);
            if (step != null) {
                left -= answer.readsPrompt() ? step.tokens().length : 0;
                steps.add(step);
                order.add(answer);
            }
        }
        if (steps.isEmpty()) {
            return;
        }
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
    }

    private void took(Answer answer, int tokens, Backend.Result result) {
        try {
            Generation.@Nullable End end = answer.took(tokens, result, backend, cache);
            if (!answer.readsPrompt()) {
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
