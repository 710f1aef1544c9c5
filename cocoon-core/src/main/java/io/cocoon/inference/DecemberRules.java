package io.cocoon.inference;

import io.cocoon.internal.json.Json;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Validation of JSON requests as in December 2025. Wire dossier 6.8. */
final class DecemberRules {

    private static final Set<String> CHAT_ONLY = Set.of(
            "messages",
            "max_completion_tokens",
            "parallel_tool_calls",
            "prediction",
            "reasoning_effort",
            "verbosity",
            "response_format",
            "top_logprobs",
            "chat_template_kwargs");
    private static final Set<String> COMPLETIONS_ONLY =
            Set.of("prompt", "best_of", "echo", "seed", "suffix", "skip_special_tokens");
    private static final double MAX_PENALTY = 2;

    private DecemberRules() {}

    static void apply(String path, Json.Obj body) throws RequestException {
        boolean chat = path.equals(Paths.CHAT);
        for (Map.Entry<String, Json> member : body.members().entrySet()) {
            String name = member.getKey();
            if ((chat ? COMPLETIONS_ONLY : CHAT_ONLY).contains(name)) {
                throw unknown(name);
            }
            check(name, member.getValue());
        }
        require(body, "model");
        require(body, chat ? "messages" : "prompt");
        rewriteStream(body);
    }

    private static RequestException unknown(String name) {
        return RequestException.invalid("unknown option '" + name + "' in request");
    }

    private static void require(Json.Obj body, String name) throws RequestException {
        if (!body.has(name)) {
            throw RequestException.invalid("missing required field '" + name + "'");
        }
    }

    private static void must(boolean good, String problem) throws RequestException {
        if (!good) {
            throw RequestException.invalid(problem);
        }
    }

    private static void check(String name, Json value) throws RequestException {
        switch (name) {
            case "model", "reasoning_effort", "verbosity" ->
                must(value instanceof Json.Str, name + " must be a string");
            case "messages" -> must(value instanceof Json.Arr, "messages must be an array");
            case "prompt" ->
                must(value instanceof Json.Arr || value instanceof Json.Str, "prompt must be an array or a string");
            case "max_tokens", "max_completion_tokens" -> {
                must(value instanceof Json.Int, "max_completion_tokens must be a number");
                must(nonNegative(value), "max_completion_tokens must be non-negative");
            }
            case "n" -> {
                must(value instanceof Json.Int, "n must be a number");
                must(nonNegative(value) && ((Json.Int) value).bits() != 0, "n must be positive");
            }
            case "best_of", "top_logprobs" -> must(nonNegative(value), name + " must be a number");
            case "seed" -> must(value instanceof Json.Int, name + " must be a number");
            case "frequency_penalty" -> {
                must(isNumber(value), name + " must be a number");
                must(Math.abs(asDouble(value)) <= MAX_PENALTY, "frequency_penalty must be between -2.0 and 2.0");
            }
            case "presence_penalty", "temperature", "top_p" -> must(isNumber(value), name + " must be a number");
            case "prediction" -> must(isNumber(value), "prediction must be a boolean");
            case "echo", "suffix", "skip_special_tokens", "parallel_tool_calls", "stream" ->
                must(value instanceof Json.Bool, name + " must be a boolean");
            case "response_format", "stop" -> {}
            case "stream_options" ->
                booleans(
                        value,
                        name,
                        Set.of("include_obfuscation", "include_usage"),
                        "unknown option '%s' in stream_options");
            case "chat_template_kwargs" ->
                booleans(
                        value,
                        name,
                        Set.of("enable_thinking"),
                        "unknown suboption '%s' in chat_template_kwargs in request");
            default -> throw unknown(name);
        }
    }

    private static void booleans(Json value, String name, Set<String> allowed, String unknown) throws RequestException {
        if (!(value instanceof Json.Obj object)) {
            throw RequestException.invalid(name + " must be an object");
        }
        for (Map.Entry<String, Json> member : object.members().entrySet()) {
            if (!allowed.contains(member.getKey())) {
                throw RequestException.invalid(unknown.formatted(member.getKey()));
            }
            must(member.getValue() instanceof Json.Bool, member.getKey() + " must be a boolean");
        }
    }

    static boolean isNumber(Json value) {
        return value instanceof Json.Int || value instanceof Json.Real;
    }

    private static double asDouble(Json value) {
        return value instanceof Json.Real real ? real.value() : ((Json.Int) value).saturated();
    }

    private static boolean nonNegative(Json value) {
        return value instanceof Json.Int number && number.nonNegative();
    }

    private static void rewriteStream(Json.Obj body) {
        @Nullable Json options = body.get("stream_options");
        if (options instanceof Json.Obj object) {
            object.put("include_usage", new Json.Bool(true));
            if (!body.has("stream")) {
                body.put("stream", new Json.Bool(true));
            }
        } else if (isTrue(body.get("stream"))) {
            Json.Obj created = new Json.Obj();
            created.put("include_usage", new Json.Bool(true));
            body.put("stream_options", created);
        }
    }

    static boolean isTrue(@Nullable Json value) {
        return value instanceof Json.Bool truth && truth.value();
    }
}
