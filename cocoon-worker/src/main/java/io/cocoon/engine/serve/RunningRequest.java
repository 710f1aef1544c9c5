package io.cocoon.engine.serve;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A request and its choices, as its caller holds it. */
final class RunningRequest implements Generation {

    private static final System.Logger LOG = System.getLogger(RunningRequest.class.getName());

    private final GenerationRequest asked;
    private final int maxTokens;
    private final Listener listener;
    private final Runnable wakeUp;
    private final List<Answer> answers = new ArrayList<>();
    private PrefixCache.@Nullable Scope scope;
    private int unfinished;
    private boolean followersTaken;

    RunningRequest(GenerationRequest asked, int maxTokens, Listener listener, Runnable wakeUp, int vocabulary) {
        this.asked = asked;
        this.maxTokens = maxTokens;
        this.listener = listener;
        this.wakeUp = wakeUp;
        unfinished = asked.choices();
        for (int i = 0; i < asked.choices(); i++) {
            answers.add(new Answer(this, i, vocabulary));
        }
    }

    GenerationRequest asked() {
        return asked;
    }

    int maxTokens() {
        return maxTokens;
    }

    /** Returns where its pages belong; entered with the first use. For the scheduler's thread. */
    PrefixCache.Scope scope(PrefixCache cache) {
        PrefixCache.Scope entered = scope;
        if (entered == null) {
            entered = cache.enter(asked.cacheKey());
            scope = entered;
        }
        return entered;
    }

    Listener listener() {
        return listener;
    }

    /** The choices, in order. The first one reads the prompt; the others wait and use what it has read. */
    List<Answer> answers() {
        return answers;
    }

    /** Returns all choices but the first, the first time that it is called. For the scheduler's thread. */
    List<Answer> takeFollowers() {
        List<Answer> all = followersTaken ? List.of() : answers.subList(1, answers.size());
        followersTaken = true;
        return all;
    }

    boolean sharesPrompt() {
        return asked.choices() > 1 || asked.cacheKey().isPresent();
    }

    /** Counts one choice as over; with the last one the request leaves the cache. For the scheduler's thread. */
    void finished(PrefixCache cache) {
        if (--unfinished == 0 && scope != null) {
            cache.leave(scope);
        }
    }

    /** One listener that throws must not end the thread that serves all others. */
    void tell(Runnable last) {
        try {
            last.run();
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "a listener threw at the end of its answer", e);
        }
    }

    @Override
    public void cancel() {
        answers.forEach(Answer::cancel);
        wakeUp.run();
    }

    @Override
    public void cancel(int choice) {
        answers.get(choice).cancel();
        wakeUp.run();
    }
}
