package io.cocoon.inference;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.internal.json.Json;
import io.cocoon.internal.json.JsonException;
import io.cocoon.internal.json.JsonParser;
import io.cocoon.internal.json.JsonPrinter;
import io.cocoon.protocol.HttpRequest;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import java.security.SecureRandom;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** What a worker does with a request before its model server sees it: decrypt, validate, rewrite, limit. */
public final class WorkerRequests {

    /** The largest body that is looked at: more does not fit a frame. */
    public static final int MAX_BODY_BYTES = 16 << 20;

    private static final SecureRandom RANDOM = new SecureRandom();

    private WorkerRequests() {}

    /**
     * Choices that are made once for a worker.
     *
     * @param clearTaggedStrings whether an encrypted request may have strings tagged as clear (hazard N3); only for
     *     peers that depend on the reference's behaviour
     * @param random for encrypting answers
     */
    public record Options(boolean clearTaggedStrings, SecureRandom random) {
        /** The safe ones. */
        public static Options defaults() {
            return new Options(false, RANDOM);
        }
    }

    /** As the longer form, with the safe options. */
    public static WorkerRequest prepare(
            HttpRequest request,
            String baseModel,
            RequestRules rules,
            @Nullable Ed25519Key networkKey,
            OptionalInt tokenLimit)
            throws RequestException {
        return prepare(request, baseModel, rules, networkKey, tokenLimit, Options.defaults());
    }

    /**
     * Prepares a request.
     *
     * @param baseModel the only model that may be asked for
     * @param networkKey the pair that came with the query; null if none came
     * @param tokenLimit what was announced and reserved for all choices of the answer together; the body is limited to
     *     it (hazard H16)
     * @throws RequestException if the request is refused
     */
    public static WorkerRequest prepare(
            HttpRequest request,
            String baseModel,
            RequestRules rules,
            @Nullable Ed25519Key networkKey,
            OptionalInt tokenLimit,
            Options options)
            throws RequestException {
        String path = Paths.of(request.url(), rules);
        if (request.payload().length() > MAX_BODY_BYTES) {
            throw RequestException.invalid(
                    "the body has " + request.payload().length() + " bytes, more than " + MAX_BODY_BYTES);
        }
        return path.equals(Paths.TRANSCRIPTIONS)
                ? WorkerForms.prepare(request, baseModel, rules, networkKey, tokenLimit, options)
                : prepareJson(path, request.payload(), baseModel, rules, networkKey, tokenLimit, options);
    }

    private static WorkerRequest prepareJson(
            String path,
            Bytes payload,
            String baseModel,
            RequestRules rules,
            @Nullable Ed25519Key networkKey,
            OptionalInt tokenLimit,
            Options options)
            throws RequestException {
        Json.Obj body = parseObject(payload);
        Int256 sender = rules == RequestRules.DECEMBER_2025 && networkKey == null
                ? null
                : PayloadEncryption.decryptRequest(body, networkKey, options.clearTaggedStrings());
        try {
            validate(path, body, rules);
        } catch (RequestException e) {
            throw hideIfEncrypted(e, sender);
        }
        if (!baseModel.equals(body.text("model"))) {
            throw RequestException.invalid("model name mismatch");
        }
        OptionalLong limit = limit(body, tokenLimit);
        return new WorkerRequest(
                path,
                JsonPrinter.print(body),
                "application/json",
                baseModel,
                DecemberRules.isTrue(body.get("stream")),
                encryption(networkKey, sender, options),
                limit);
    }

    static @Nullable AnswerEncryption encryption(
            @Nullable Ed25519Key networkKey, @Nullable Int256 sender, Options options) throws RequestException {
        return networkKey == null || sender == null ? null : AnswerEncryption.of(networkKey, sender, options.random());
    }

    /** Error texts travel in clear, so that they must not quote what was encrypted (hazard N9). */
    static RequestException hideIfEncrypted(RequestException problem, @Nullable Int256 sender) {
        return sender == null
                ? problem
                : new RequestException(problem.code(), "the decrypted request does not follow the API");
    }

    static Json.Obj parseObject(Bytes body) throws RequestException {
        try {
            if (JsonParser.parse(body) instanceof Json.Obj object) {
                return object;
            }
        } catch (JsonException e) {
            throw RequestException.invalid("expected json object");
        }
        throw RequestException.invalid("expected json object");
    }

    private static void validate(String path, Json.Obj body, RequestRules rules) throws RequestException {
        switch (rules) {
            case DECEMBER_2025 -> DecemberRules.apply(path, body);
            case APRIL_2026 -> AprilRules.apply(path, body);
            case OPEN_AI -> OpenAiRules.apply(path, body);
        }
    }

    private static OptionalLong limit(Json.Obj body, OptionalInt tokenLimit) throws RequestException {
        if (tokenLimit.isEmpty()) {
            Json own = body.has("max_tokens") ? body.get("max_tokens") : body.get("max_completion_tokens");
            return own instanceof Json.Int number ? OptionalLong.of(number.saturated()) : OptionalLong.empty();
        }
        int choices = OpenAiRules.choices(body);
        long perChoice = tokenLimit.getAsInt() / choices;
        if (perChoice < 1) {
            throw RequestException.invalid("a limit of " + tokenLimit.getAsInt() + " tokens is too low for " + choices
                    + " choices; ask for more tokens");
        }
        long own = OpenAiRules.limit(body);
        Json.Int limit = new Json.Int(own < 0 ? perChoice : Math.min(own, perChoice));
        boolean newName = isSet(body, "max_completion_tokens");
        if (newName) {
            body.put("max_completion_tokens", limit);
        }
        if (isSet(body, "max_tokens") || !newName) {
            body.put("max_tokens", limit);
        }
        return OptionalLong.of(limit.bits());
    }

    private static boolean isSet(Json.Obj body, String name) {
        Json value = body.get(name);
        return value != null && value != Json.Null.NULL;
    }
}
