package io.cocoon.examples.cli;

import io.cocoon.http.StatusPage;
import io.cocoon.worker.WorkerRuntime;
import io.cocoon.worker.WorkerRuntimeBuilder;
import io.cocoon.worker.WorkerStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** One worker for each model, because a connection announces one; they begin and end together. */
final class Workers implements AutoCloseable {

    private final List<WorkerRuntime> all = new ArrayList<>();

    /** Builds all before the first one starts, so that nothing has started when one cannot be built. */
    static Workers start(List<WorkerRuntimeBuilder> builders) {
        Workers workers = new Workers();
        try {
            builders.forEach(builder -> workers.all.add(builder.build()));
            workers.all.forEach(WorkerRuntime::start);
            return workers;
        } catch (RuntimeException e) {
            workers.close();
            throw e;
        }
    }

    List<WorkerStatus> status() {
        return all.stream().map(WorkerRuntime::status).toList();
    }

    List<StatusPage.Setup> pages() {
        return all.stream().map(StatusPage::ofWorker).toList();
    }

    /** Waits until running answers have ended, for all of them at the same time. */
    void drain(Duration atMost) {
        List<CompletableFuture<Boolean>> drained =
                all.stream().map(worker -> worker.drain(atMost)).toList();
        drained.forEach(CompletableFuture::join);
    }

    @Override
    public void close() {
        all.forEach(WorkerRuntime::close);
    }
}
