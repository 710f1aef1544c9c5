package io.cocoon.micrometer;

import io.cocoon.client.CocoonException;
import io.cocoon.client.FinishedRequest;
import java.util.Locale;
import java.util.Optional;

/** What became of a request, in a word. */
final class Outcomes {

    private Outcomes() {}

    static String of(FinishedRequest request) {
        Optional<CocoonException> failure = request.failure();
        if (failure.isPresent()) {
            return failure.get().getClass().getSimpleName().toLowerCase(Locale.ROOT);
        }
        return request.isSuccess() ? "answered" : "http-error";
    }
}
