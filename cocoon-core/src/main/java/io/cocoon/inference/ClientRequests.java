package io.cocoon.inference;

import io.cocoon.internal.json.Json;
import io.cocoon.internal.json.JsonPrinter;
import io.cocoon.protocol.HttpHeader;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a client takes from an application's request before it becomes a query. Wire dossier 6.1; 2026 part, 6.4, 6.5. */
public final class ClientRequests {

    /** Tokens that are announced when the application sets no limit; the limit is then put into the body (hazard H16). */
    public static final int DEFAULT_MAX_TOKENS = 10_000;

    private static final int DECEMBER_MAX_TOKENS = 1000;
    private static final int DEFAULT_MAX_COEFFICIENT = 4000;
    private static final double DEFAULT_TIMEOUT_SECONDS = 120;
    private static final double MAX_TIMEOUT_SECONDS = 86_400;
    private static final long UNSIGNED_INT_MAX = 0xffff_ffffL;
    private static final List<String> CLIENT_ONLY =
            List.of("max_coefficient", "timeout", "enable_debug", "request_guid");

    private ClientRequests() {}

    /**
     * Prepares a request.
     *
     * @param path the target
     * @param headers of the application's request; only the content type is looked at
     * @throws RequestException if the request is refused
     */
    public static ClientRequest prepare(String path, List<HttpHeader> headers, Bytes body, RequestRules rules)
            throws RequestException {
        String known = Paths.of(path, rules);
        if (body.length() > WorkerRequests.MAX_BODY_BYTES) {
            throw RequestException.invalid(
                    "the body has " + body.length() + " bytes, more than " + WorkerRequests.MAX_BODY_BYTES);
        }
        if (known.equals(Paths.TRANSCRIPTIONS)) {
            return form(known, HttpHeaders.last(headers, "content-type").orElse(""), body, rules);
        }
        return json(known, body, rules);
    }

    private static ClientRequest json(String path, Bytes payload, RequestRules rules) throws RequestException {
        Json.Obj body = WorkerRequests.parseObject(payload);
        String model = body.text("model");
        if (model == null) {
            throw RequestException.invalid("missing field 'model'");
        }
        long maxTokens = jsonLimit(body, rules);
        long coefficient = unsigned(body, "max_coefficient", DEFAULT_MAX_COEFFICIENT, "non-negative");
        double timeout = timeout(body);
        Json debug = typed(body, "enable_debug", Json.Bool.class, "a boolean");
        Json guid = typed(body, "request_guid", Json.Str.class, "a string");
        Int256 receiver = Int256.ZERO;
        if (rules != RequestRules.DECEMBER_2025
                && typed(body, PayloadEncryption.RECEIVER, Json.Str.class, "a string") instanceof Json.Str key) {
            receiver = PublicKeyText.parse(key.value());
        }
        CLIENT_ONLY.forEach(body::remove);
        return checked(
                new ClientRequest(
                        model,
                        (int) maxTokens,
                        (int) coefficient,
                        timeout,
                        DecemberRules.isTrue(debug),
                        guid instanceof Json.Str text ? text.value() : null,
                        receiver,
                        JsonPrinter.print(body),
                        path,
                        "application/json"),
                rules);
    }

    private static long jsonLimit(Json.Obj body, RequestRules rules) throws RequestException {
        if (rules == RequestRules.OPEN_AI) {
            long own = OpenAiRules.limit(body);
            if (own < 0) {
                own = DEFAULT_MAX_TOKENS;
                body.remove("max_completion_tokens");
                body.put("max_tokens", new Json.Int(own));
            }
            long announced = own * OpenAiRules.choices(body);
            if (announced > Integer.MAX_VALUE) {
                throw RequestException.invalid("limit times choices is " + announced + " tokens, more than "
                        + Integer.MAX_VALUE + "; ask for fewer");
            }
            return announced;
        }
        boolean december = rules == RequestRules.DECEMBER_2025;
        int missing = december ? DECEMBER_MAX_TOKENS : DEFAULT_MAX_TOKENS;
        if (body.has("max_completion_tokens")) {
            if (december) {
                unsigned(body, "max_tokens", missing, "positive");
                body.remove("max_tokens");
            }
            return unsigned(body, "max_completion_tokens", missing, "positive");
        }
        long limit = unsigned(body, "max_tokens", missing, "positive");
        if (!december && !body.has("max_tokens")) {
            body.put("max_tokens", new Json.Int(missing));
        }
        return limit;
    }

    private static long unsigned(Json.Obj body, String name, long missing, String wanted) throws RequestException {
        Json value = body.get(name);
        if (value == null) {
            return missing;
        }
        if (value instanceof Json.Int number && number.nonNegative()) {
            return number.bits();
        }
        throw RequestException.invalid("field '" + name + "' must be " + wanted + " integer");
    }

    private static double timeout(Json.Obj body) throws RequestException {
        Json value = body.get("timeout");
        if (value == null) {
            return DEFAULT_TIMEOUT_SECONDS;
        }
        if (value instanceof Json.Int number) {
            return number.unsigned() ? number.saturated() : number.bits();
        }
        if (value instanceof Json.Real number) {
            return number.value();
        }
        throw RequestException.invalid("field 'timeout' must be a number");
    }

    private static @Nullable Json typed(Json.Obj body, String name, Class<? extends Json> type, String wanted)
            throws RequestException {
        Json value = body.get(name);
        if (value != null && !type.isInstance(value)) {
            throw RequestException.invalid("field '" + name + "' must be " + wanted);
        }
        return value;
    }

    /** Ranges (hazard H10): the reference cuts to 32 bits and sends what comes out. */
    private static ClientRequest checked(ClientRequest request, RequestRules rules) throws RequestException {
        if (rules != RequestRules.OPEN_AI) {
            return request;
        }
        if (request.maxCoefficient() < 0) {
            throw RequestException.invalid("field 'max_coefficient' must be at most " + Integer.MAX_VALUE);
        }
        if (!(request.timeoutSeconds() > 0 && request.timeoutSeconds() <= MAX_TIMEOUT_SECONDS)) {
            throw RequestException.invalid(
                    "field 'timeout' must be above 0 and at most " + (long) MAX_TIMEOUT_SECONDS + " seconds");
        }
        return request;
    }

    private static ClientRequest form(String path, String type, Bytes body, RequestRules rules)
            throws RequestException {
        Multipart form = Multipart.parse(type, body, rules);
        String model = form.text("model").orElseThrow(() -> RequestException.invalid("missing field 'model'"));
        String limitName = form.field("max_completion_tokens").isPresent() ? "max_completion_tokens" : "max_tokens";
        long maxTokens = number(form, limitName, DEFAULT_MAX_TOKENS);
        if (form.field(limitName).isEmpty()) {
            form.set(limitName, Bytes.utf8(Long.toString(maxTokens)));
        }
        if (rules == RequestRules.OPEN_AI && (maxTokens < 1 || maxTokens > Integer.MAX_VALUE)) {
            throw RequestException.invalid("'" + limitName + "' must be an integer from 1 to " + Integer.MAX_VALUE);
        }
        long coefficient = number(form, "max_coefficient", DEFAULT_MAX_COEFFICIENT);
        boolean debug = number(form, "enable_debug", 0) != 0;
        double timeout = formTimeout(form, rules);
        String guid = form.text("request_guid").orElse(null);
        Bytes key = form.field(PayloadEncryption.RECEIVER).orElse(null);
        Int256 receiver = key == null ? Int256.ZERO : PublicKeyText.parse(key);
        CLIENT_ONLY.forEach(form::remove);
        return checked(
                new ClientRequest(
                        model,
                        (int) maxTokens,
                        (int) coefficient,
                        timeout,
                        debug,
                        guid,
                        receiver,
                        form.print(),
                        path,
                        rules == RequestRules.OPEN_AI ? form.contentType() : type),
                rules);
    }

    private static long number(Multipart form, String name, long missing) throws RequestException {
        String text = form.text(name).orElse(null);
        if (text == null) {
            return missing;
        }
        boolean digits = !text.isEmpty() && text.length() <= 10 && text.chars().allMatch(c -> c >= '0' && c <= '9');
        if (digits && Long.parseLong(text) <= UNSIGNED_INT_MAX) {
            return Long.parseLong(text);
        }
        throw RequestException.unspecified(
                "Can't parse \"" + text.substring(0, Math.min(text.length(), 32)) + "\" as number");
    }

    private static double formTimeout(Multipart form, RequestRules rules) throws RequestException {
        String text = form.text("timeout").orElse(null);
        if (text == null) {
            return DEFAULT_TIMEOUT_SECONDS;
        }
        if (text.length() <= 32 && text.matches("-?[0-9]+(\\.[0-9]*)?")) {
            return Double.parseDouble(text);
        }
        if (rules == RequestRules.OPEN_AI) {
            throw RequestException.invalid("field 'timeout' must be a number");
        }
        return 0;
    }
}
