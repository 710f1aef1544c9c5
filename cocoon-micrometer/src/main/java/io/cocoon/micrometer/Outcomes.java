package io.cocoon.micrometer;

import io.cocoon.client.CocoonException;
import io.cocoon.client.FinishedRequest;
import org.jspecify.annotations.Nullable;

/** What became of a request, in a word. The words are an interface: dashboards ask for them, so they do not follow class names. */
final class Outcomes {

    private Outcomes() {}

    static String of(FinishedRequest request) {
        @Nullable CocoonException failure = request.failure().orElse(null);
        if (failure == null) {
            return request.isSuccess() ? "answered" : "http-error";
        } else if (failure instanceof CocoonException.Attestation) {
            return "attestation";
        } else if (failure instanceof CocoonException.Authorisation) {
            return "authorisation";
        } else if (failure instanceof CocoonException.Balance) {
            return "balance";
        } else if (failure instanceof CocoonException.Cancelled) {
            return "cancelled";
        } else if (failure instanceof CocoonException.Capacity) {
            return "capacity";
        } else if (failure instanceof CocoonException.Configuration) {
            return "configuration";
        } else if (failure instanceof CocoonException.Deadline) {
            return "deadline";
        } else if (failure instanceof CocoonException.Protocol) {
            return "protocol";
        }
        return "upstream";
    }
}
