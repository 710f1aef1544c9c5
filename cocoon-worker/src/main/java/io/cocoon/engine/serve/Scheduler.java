package io.cocoon.engine.serve;

import io.cocoon.engine.model.Backend;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Continuous batching: every step takes one token of each running answer and a piece of the prompts that are still being
 * read. Thread-safe.
 *
 * <p>An answer is admitted when the longest that it may become fits into the cache together with all that run, so that no
 * running answer is ever without memory; those that wait are admitted in the order in which they came. An answer that could
 * never fit is refused at once. Prompts are read in pieces, so that a long one does not hold up the others.
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

    private static final System.Logger LOG = System.getLogger(Scheduler.class.getName());

    private final Backend backend;
    private final int vocabulary;
    private final Limits limits;
    private final Thread thread;
    private final Object lock = new Object();
    private final Deque<Answer> waiting = new ArrayDeque<>();
    private final List<Answer> running = new ArrayList<>();
    private long reserved;
    private int ending;
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
        thread = new Thread(this::work, "cocoon-engine");
        thread.setDaemon(true);
        thread.start();
    }

    /**
     * Asks for an answer.
     *
     * @param prompt one or more ids
     * @param maxTokens the longest answer, 1 or more; cut to what the context leaves
     * @throws IllegalArgumentException if the prompt leaves no room for an answer, or can never fit into the cache
     * @throws RejectedExecutionException if too many wait already, or the scheduler is draining or closed
     */
    public Generation submit(int[] prompt, int maxTokens, SamplingOptions options, Generation.Listener listener) {
        int context = backend.shape().context();
        if (prompt.length == 0 || prompt.length >= context || maxTokens < 1) {
            throw new IllegalArgumentException("a prompt of " + prompt.length + " tokens and an answer of up to "
                    + maxTokens + " do not fit a context of " + context);
        }
        int most = Math.min(maxTokens, context - prompt.length);
        Answer answer = new Answer(prompt, most, options, listener);
        if (answer.size() > limits.cachedTokens) {
            throw new IllegalArgumentException("a prompt of " + prompt.length + " tokens with an answer of up to "
                    + most + " needs more than the cache of " + limits.cachedTokens
                    + " tokens; ask for a shorter answer");
        }
        synchronized (lock) {
            if (draining || closed) {
                throw new RejectedExecutionException("the engine is ending");
            }
            // Both together, because the thread that lets answers in may be in the middle of a step.
            if (waiting.size() + running.size() >= limits.running + limits.waiting) {
                throw new RejectedExecutionException(
                        running.size() + " requests run and " + waiting.size() + " wait already");
            }
            waiting.add(answer);
            lock.notifyAll();
        }
        return answer;
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

    /** Returns how many answers wait. */
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

    /** Takes no more, and waits until all that was taken has ended. */
    public void drain() throws InterruptedException {
        synchronized (lock) {
            draining = true;
            while (!closed && !(running.isEmpty() && waiting.isEmpty() && ending == 0)) {
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
            List<Answer> left = new ArrayList<>();
            synchronized (lock) {
                closed = true;
                left.addAll(running);
                left.addAll(waiting);
                running.clear();
                waiting.clear();
                reserved = 0;
                lock.notifyAll();
            }
            left.forEach(answer -> answer.end(Generation.End.CANCELLED));
            backend.close();
        }
    }

    /** Waits for work; returns what runs now, or null at the end. */
    private @Nullable List<Answer> admitted() {
        List<Answer> cancelled = new ArrayList<>();
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
            waiting.removeIf(answer -> answer.cancelled && cancelled.add(answer));
            ending += cancelled.size();
            for (Answer answer : List.copyOf(running)) {
                if (answer.cancelled) {
                    cancelled.add(answer);
                    release(answer);
                }
            }
            while (!waiting.isEmpty() && hasRoom(waiting.peek())) {
                Answer next = waiting.remove();
                running.add(next);
                reserved += next.size();
            }
            now = List.copyOf(running);
        }
        cancelled.forEach(answer -> {
            answer.end(Generation.End.CANCELLED);
            ended();
        });
        return now;
    }

    /** Gives an answer's room back. Its listener is told afterwards, outside of the lock; {@link #ended} then closes the account. */
    private void release(Answer answer) {
        synchronized (lock) {
            running.remove(answer);
            reserved -= answer.size();
            ending++;
        }
    }

    private void ended() {
        synchronized (lock) {
            ending--;
            lock.notifyAll();
        }
    }

    private void step(List<Answer> now) {
        List<Backend.Step> steps = new ArrayList<>();
        List<Answer> order = new ArrayList<>();
        int left = limits.stepTokens;
        for (Answer answer : now) {
            int[] tokens = answer.pending(left);
            if (tokens.length > 0) {
                left -= answer.readsPrompt() ? tokens.length : 0;
                steps.add(new Backend.Step(answer.sequence(backend), tokens, false));
                order.add(answer);
            }
        }
        if (steps.isEmpty()) {
            return;
        }
        List<float[][]> logits;
        try {
            logits = backend.run(steps);
        } catch (RuntimeException | Error e) {
            // The sequences of this step are in an unknown state: all of them end, the others go on.
            order.forEach(answer -> {
                release(answer);
                answer.fail(e);
                ended();
            });
            return;
        }
        for (int i = 0; i < order.size(); i++) {
            Answer answer = order.get(i);
            try {
                Generation.@Nullable End end = answer.took(steps.get(i).tokens().length, logits.get(i)[0]);
                if (end != null) {
                    release(answer);
                    answer.end(end);
                    ended();
                }
            } catch (RuntimeException e) {
                release(answer);
                answer.fail(e);
                ended();
            }
        }
    }

    private final class Answer implements Generation {
        private final int[] prompt;
        private final int maxTokens;
        private final Listener listener;
        private final Sampler sampler;
        private Backend.@Nullable Sequence sequence;
        private int read;
        private int last;
        private int completion;
        private volatile boolean cancelled;

        Answer(int[] prompt, int maxTokens, SamplingOptions options, Listener listener) {
            this.prompt = prompt.clone();
            this.maxTokens = maxTokens;
            this.listener = listener;
            sampler = new Sampler(options, prompt, vocabulary);
        }

        long size() {
            return (long) prompt.length + maxTokens;
        }

        boolean readsPrompt() {
            return read < prompt.length;
        }

        Backend.Sequence sequence(Backend from) {
            Backend.Sequence held = sequence;
            if (held == null) {
                held = from.newSequence();
                sequence = held;
            }
            return held;
        }

        /** The tokens of the next step: a piece of the prompt, or the last token. */
        int[] pending(int budget) {
            return readsPrompt()
                    ? Arrays.copyOfRange(prompt, read, read + Math.min(prompt.length - read, budget))
                    : new int[] {last};
        }

        @Nullable
        End took(int tokens, float[] logits) {
            if (readsPrompt()) {
                read += tokens;
                if (readsPrompt()) {
                    return null;
                }
            }
            last = sampler.next(logits);
            completion++;
            if (backend.shape().endTokens().contains(last)) {
                return End.STOP;
            }
            listener.token(last);
            return completion >= maxTokens ? End.LENGTH : null;
        }

        void end(End how) {
            free();
            tell(() -> listener.ended(how, completion));
        }

        void fail(Throwable cause) {
            free();
            tell(() -> listener.failed(cause));
        }

        /** One listener that throws must not end the thread that serves all others. */
        private void tell(Runnable last) {
            try {
                last.run();
            } catch (RuntimeException e) {
                LOG.log(System.Logger.Level.WARNING, "a listener threw at the end of its answer", e);
            }
        }

        private void free() {
            Backend.Sequence held = sequence;
            if (held != null) {
                held.close();
                sequence = null;
            }
        }

        @Override
        public void cancel() {
            cancelled = true;
            synchronized (lock) {
                lock.notifyAll();
            }
        }
    }
}
