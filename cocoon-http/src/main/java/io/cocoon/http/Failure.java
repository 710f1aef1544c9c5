package io.cocoon.http;

import io.cocoon.client.CocoonException;
import io.cocoon.protocol.ErrorCodes;
import java.nio.charset.StandardCharsets;

/**
 * What a caller is told about a {@link CocoonException}.
 *
 * @param status the HTTP status, if it can still be chosen
 * @param again whether sending the same again soon may help and can not be charged twice; OpenAI's SDKs obey the header {@code
 *     x-should-retry}, and would else repeat most failures by themselves
 */
record Failure(int status, String type, String code, String message, boolean again) {

    private static final String RETRY_SECONDS = "2";

    static Failure of(CocoonException e) {
        String message = String.valueOf(e.getMessage());
        if (e instanceof CocoonException.Configuration configuration) {
            return configuration.isUnknownModel()
                    ? new Failure(404, Errors.INVALID, "model_not_found", message, false)
                    : new Failure(400, Errors.INVALID, "invalid_request", message, false);
        }
        if (e instanceof CocoonException.Authorisation) {
            // Not 401: the caller's key was right, it is this client that a proxy refuses.
            return new Failure(403, "permission_error", "client_refused", message, false);
        }
        if (e instanceof CocoonException.Balance) {
            // Not 429, which programs repeat by themselves until there is money.
            return new Failure(402, "insufficient_quota", "insufficient_quota", message, false);
        }
        if (e instanceof CocoonException.Capacity) {
            return new Failure(503, Errors.SERVER, "no_capacity", message, true);
        }
        if (e instanceof CocoonException.Deadline) {
            return new Failure(504, Errors.SERVER, "deadline_exceeded", message, false);
        }
        if (e instanceof CocoonException.Cancelled) {
            return new Failure(503, Errors.SERVER, "cancelled", message, false);
        }
        if (e instanceof CocoonException.Attestation) {
            return new Failure(502, Errors.SERVER, "attestation_failed", message, false);
        }
        if (e instanceof CocoonException.Upstream upstream) {
            return upstream(upstream, message);
        }
        return new Failure(502, Errors.SERVER, "protocol_violated", message, false);
    }

    private static Failure upstream(CocoonException.Upstream e, String message) {
        if (e.httpStatus() >= 400 && e.httpStatus() < 600) {
            return new Failure(e.httpStatus(), Errors.SERVER, "upstream_error", message, false);
        }
        // The reference answers 400 to these two as well (wire dossier 3.3).
        boolean callers = e.code() == ErrorCodes.ERROR || e.code() == ErrorCodes.PROTOCOL_VIOLATION;
        return callers
                ? new Failure(400, Errors.INVALID, "refused_upstream", message, false)
                : new Failure(502, Errors.SERVER, "upstream_error", message, false);
    }

    Reply reply() {
        Reply reply = Errors.reply(status, type, code, message).with("x-should-retry", String.valueOf(again));
        return again ? reply.with("retry-after", RETRY_SECONDS) : reply;
    }

    /** Returns it as a server-sent event, after whatever part of one was sent before. */
    byte[] event() {
        return ("\n\ndata: " + Errors.json(type, code, message) + "\n\n").getBytes(StandardCharsets.UTF_8);
    }
}
