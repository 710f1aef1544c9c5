package io.cocoon.micrometer;

import io.cocoon.client.ClientObserver;
import io.cocoon.client.FinishedRequest;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;
import jdk.jfr.Timestamp;

/**
 * An event of the JDK's flight recorder for each request of a client, {@code io.cocoon.Request}: its id, model, path, proxy, outcome,
 * times, tokens and price, and nothing of its content. Give it to {@link io.cocoon.client.ClientBuilder#observer}. Costs next to
 * nothing while nothing is recorded. Thread-safe.
 */
public final class FlightRecorderEvents implements ClientObserver {

    @Override
    public void finished(FinishedRequest request) {
        Request event = new Request();
        if (!event.isEnabled()) {
            return;
        }
        event.id = request.id();
        event.model = request.model();
        event.path = request.path();
        event.proxy = request.proxy().orElse("");
        event.outcome = Outcomes.of(request);
        event.httpStatus = request.httpStatus();
        event.startedAt = request.startedAt().toEpochMilli();
        event.elapsed = request.elapsed().toNanos();
        event.firstByte = request.toFirstByte().map(java.time.Duration::toNanos).orElse(-1L);
        event.attempts = request.attempts().size();
        request.bill().ifPresent(bill -> {
            event.adjustedTokens = bill.adjusted().totalTokensUsed();
            event.nanoton = bill.total().value();
        });
        event.commit();
    }

    @Name("io.cocoon.Request")
    @Label("Cocoon request")
    @Category("Cocoon")
    @Description("A request of a Cocoon client that is over and billed; the event's own time is when that was known")
    @StackTrace(false)
    static final class Request extends Event {
        @Label("Id")
        String id = "";

        @Label("Model")
        String model = "";

        @Label("Path")
        String path = "";

        @Label("Proxy")
        String proxy = "";

        @Label("Outcome")
        String outcome = "";

        @Label("HTTP status")
        int httpStatus;

        @Label("Started at")
        @Timestamp(Timestamp.MILLISECONDS_SINCE_EPOCH)
        long startedAt;

        @Label("Elapsed")
        @Timespan(Timespan.NANOSECONDS)
        long elapsed;

        @Label("To the first byte")
        @Description("negative if none came")
        @Timespan(Timespan.NANOSECONDS)
        long firstByte;

        @Label("Attempts")
        int attempts;

        @Label("Adjusted tokens")
        long adjustedTokens;

        @Label("Nanoton")
        long nanoton;
    }
}
