package io.cocoon.worker;

import io.cocoon.protocol.HttpHeader;
import io.cocoon.tl.Bytes;
import java.time.Duration;
import java.util.List;

/**
 * A validated request for an engine.
 *
 * @param method {@code POST} or {@code GET}
 * @param path for example {@code /v1/chat/completions}, with the query string if there was one
 * @param headers those request headers that an engine may see; no length, no encoding, no credentials (hazard H15)
 * @param contentType of the body
 * @param body the validated body, in clear
 * @param model the base model name that was asked for
 * @param stream whether the requester wants the answer in pieces
 * @param timeLimit how long the engine may take altogether: 0.95 of what the proxy allowed (wire dossier 6.4)
 * @param proxy contract of the proxy that passed it on, so that an engine can share itself fairly; empty if none did
 */
public record InferenceRequest(
        String method,
        String path,
        List<HttpHeader> headers,
        String contentType,
        Bytes body,
        String model,
        boolean stream,
        Duration timeLimit,
        String proxy) {

    public InferenceRequest {
        headers = List.copyOf(headers);
    }

    /** Makes one that no proxy passed on. */
    public InferenceRequest(
            String method,
            String path,
            List<HttpHeader> headers,
            String contentType,
            Bytes body,
            String model,
            boolean stream,
            Duration timeLimit) {
        this(method, path, headers, contentType, body, model, stream, timeLimit, "");
    }

    /** Leaves out the body, which is a prompt. */
    @Override
    public String toString() {
        return "InferenceRequest[" + method + " " + path + ", model=" + model + ", " + body.length() + " bytes]";
    }
}
