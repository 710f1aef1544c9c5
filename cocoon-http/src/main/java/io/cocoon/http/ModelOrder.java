package io.cocoon.http;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.cocoon.worker.WorkerRuntime;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * {@code POST /request/change_model?model=NAME}: makes a worker serve another model. Answers when that is done or refused, or after a
 * moment that it has begun, because weights take their time; the page shows what is served, and the log why that did not change.
 */
final class ModelOrder implements Route {

    private static final long MOMENT_MILLIS = 1000;

    private final WorkerRuntime worker;

    private ModelOrder(WorkerRuntime worker) {
        this.worker = worker;
    }

    static Order of(WorkerRuntime worker) {
        return new Order(
                "/request/change_model",
                "Change the model",
                "Loads another model and serves it; answers under way are finished by the old one, so both need their memory.",
                List.of(new Order.Field("model", "Full name of the model")),
                new ModelOrder(worker));
    }

    @Override
    public void serve(Request request, Responder out) throws InterruptedException {
        Optional<String> model = request.query("model").filter(name -> !name.isEmpty());
        if (model.isEmpty()) {
            out.send(Errors.reply(400, Errors.INVALID, "the model's full name is missing"));
            return;
        }
        CompletableFuture<Void> change = worker.changeModel(model.get());
        try {
            change.get(MOMENT_MILLIS, TimeUnit.MILLISECONDS);
            out.send(answer(200, "The worker serves " + StatusJson.text(model.get()) + "."));
        } catch (TimeoutException e) {
            out.send(answer(202, "It is being loaded; the page shows when it is served, and the log if it is not."));
        } catch (ExecutionException e) {
            out.send(Errors.reply(409, Errors.INVALID, "refused", StatusJson.text(why(e))));
        }
    }

    private static Reply answer(int status, String what) {
        return Reply.json(
                status, JsonNodeFactory.instance.objectNode().put("what", what).toString());
    }

    /** A proxy is not told what the loader said; whoever has the token is. */
    private static String why(ExecutionException failure) {
        Throwable refusal = failure.getCause();
        if (refusal == null) {
            return "it failed";
        }
        Throwable cause = refusal.getCause();
        return refusal.getMessage() + (cause == null ? "" : ": " + cause.getMessage());
    }
}
