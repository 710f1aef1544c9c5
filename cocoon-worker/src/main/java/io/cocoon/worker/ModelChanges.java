package io.cocoon.worker;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Changes of the model, one at a time, beside the answering of queries (hazard N23). Thread-safe. */
final class ModelChanges {

    private static final Logger LOG = LoggerFactory.getLogger(ModelChanges.class);

    private final WorkerCore core;
    private final Runnable announce;
    private final AtomicBoolean busy = new AtomicBoolean();

    /** A change was not made; the message may be sent to a proxy, the cause may not. */
    static final class RefusedException extends Exception {
        private static final long serialVersionUID = 1L;

        RefusedException(String why) {
            this(why, null);
        }

        RefusedException(String why, @Nullable Throwable cause) {
            super("cannot change model: " + why, cause);
        }
    }

    /** @param announce tells proxies of the model that is served now */
    ModelChanges(WorkerCore core, Runnable announce) {
        this.core = core;
        this.announce = announce;
    }

    /**
     * Loads another model and serves it from then on. Proxies are told when what depends on the result has run.
     *
     * @return fails with {@link RefusedException}
     */
    CompletableFuture<Void> change(String name) {
        Optional<ModelLoader> loader = core.settings().modelLoader();
        if (loader.isEmpty()) {
            return refused("no script in config");
        }
        ModelName model;
        try {
            model = new ModelName(name);
        } catch (IllegalArgumentException e) {
            return refused("unknown model");
        }
        if (core.settings().checkHashes() && !core.root().modelHashes().contains(model.hash())) {
            return refused("unknown model");
        }
        if (!busy.compareAndSet(false, true)) {
            return refused("another change is under way");
        }
        CompletableFuture<Void> result = new CompletableFuture<>();
        try {
            core.executor().execute(() -> carryOut(loader.get(), model, result));
        } catch (RejectedExecutionException e) {
            busy.set(false);
            return refused("the worker is closing");
        }
        return result;
    }

    private static CompletableFuture<Void> refused(String why) {
        return CompletableFuture.failedFuture(new RefusedException(why));
    }

    private void carryOut(ModelLoader loader, ModelName model, CompletableFuture<Void> result) {
        Optional<RefusedException> problem = attempt(loader, model);
        // First this: whoever hears of the end may ask again at once.
        busy.set(false);
        if (problem.isPresent()) {
            result.completeExceptionally(problem.get());
            return;
        }
        // First the answer, because announcing ends the connection that it goes over.
        result.complete(null);
        announce.run();
    }

    private Optional<RefusedException> attempt(ModelLoader loader, ModelName model) {
        try {
            serve(loader, model);
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.of(new RefusedException("interrupted"));
        } catch (RefusedException e) {
            return Optional.of(e);
        } catch (Exception | Error e) {
            // An error too: a model that does not fit into the heap must not take the one along that does.
            LOG.warn(
                    "the change to model {} failed; {} is served on",
                    model,
                    core.served().name(),
                    e);
            return Optional.of(new RefusedException("model change script failed", e));
        }
    }

    private void serve(ModelLoader loader, ModelName model) throws Exception {
        ModelName before = core.served().name();
        if (before.equals(model)) {
            return;
        }
        InferenceEngine engine = loader.load(model);
        if (!core.serve(model, engine)) {
            engine.close();
            throw new RefusedException("the worker is closing");
        }
        LOG.info("serves {} now, {} no more", model, before);
    }
}
