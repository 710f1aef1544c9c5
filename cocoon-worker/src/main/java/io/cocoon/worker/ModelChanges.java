package io.cocoon.worker;

import io.cocoon.protocol.ErrorCodes;
import io.cocoon.protocol.WorkerToProxy;
import io.cocoon.transport.Responder;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Changes of the model that proxies ask for: one at a time, beside the answering of queries (hazard N23). */
final class ModelChanges {

    private static final Logger LOG = LoggerFactory.getLogger(ModelChanges.class);

    private final WorkerCore core;
    private final AtomicBoolean busy = new AtomicBoolean();

    ModelChanges(WorkerCore core) {
        this.core = core;
    }

    void change(String name, Responder responder) {
        Optional<ModelChanger> changer = core.settings().modelChanger();
        if (changer.isEmpty()) {
            refuse(responder, "no script in config");
            return;
        }
        ModelName model;
        try {
            model = new ModelName(name);
        } catch (IllegalArgumentException e) {
            refuse(responder, "unknown model");
            return;
        }
        if (core.settings().checkHashes() && !core.root().modelHashes().contains(model.hash())) {
            refuse(responder, "unknown model");
            return;
        }
        if (!busy.compareAndSet(false, true)) {
            refuse(responder, "another change is under way");
            return;
        }
        try {
            core.executor().execute(() -> carryOut(changer.get(), model, responder));
        } catch (RejectedExecutionException e) {
            busy.set(false);
            refuse(responder, "the worker is closing");
        }
    }

    private void carryOut(ModelChanger changer, ModelName model, Responder responder) {
        try {
            changer.change(model);
            responder.answer(new WorkerToProxy.ChangedModel());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            refuse(responder, "interrupted");
        } catch (Exception e) {
            LOG.warn("the change to model {} failed", model, e);
            refuse(responder, "model change script failed");
        } finally {
            busy.set(false);
        }
    }

    private static void refuse(Responder responder, String why) {
        responder.fail(ErrorCodes.ERROR, "cannot change model: " + why);
    }
}
