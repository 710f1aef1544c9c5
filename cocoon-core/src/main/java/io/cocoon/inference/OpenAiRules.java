package io.cocoon.inference;

import io.cocoon.internal.json.Json;
import org.jspecify.annotations.Nullable;

/** Our validation of JSON requests: types and ranges of what matters; everything else passes. */
final class OpenAiRules {

    /** How many answers one request may ask for. */
    static final int MAX_CHOICES = 128;

    private OpenAiRules() {}

    static void apply(String path, Json.Obj body) throws RequestException {
        if (body.text("model") == null) {
            throw RequestException.invalid("'model' is required and must be a string");
        }
        if (path.equals(Paths.CHAT)) {
            messages(body.get("messages"));
        } else {
            prompt(body.get("prompt"));
        }
        optionalBoolean(body, "stream");
        choices(body);
        limit(body);
        PayloadEncryption.META.forEach(body::remove);
        rewriteStream(body);
    }

    private static void messages(@Nullable Json value) throws RequestException {
        if (!(value instanceof Json.Arr messages)) {
            throw RequestException.invalid("'messages' is required and must be an array");
        }
        for (int i = 0; i < messages.items().size(); i++) {
            if (!(messages.items().get(i) instanceof Json.Obj message) || message.text("role") == null) {
                throw RequestException.invalid("messages[" + i + "] must be an object with a string 'role'");
            }
            Json content = message.get("content");
            if (content != null
                    && content != Json.Null.NULL
                    && !(content instanceof Json.Str)
                    && !(content instanceof Json.Arr)) {
                throw RequestException.invalid("messages[" + i + "].content must be a string, an array or null");
            }
        }
    }

    private static void prompt(@Nullable Json value) throws RequestException {
        if (!(value instanceof Json.Str) && !(value instanceof Json.Arr)) {
            throw RequestException.invalid("'prompt' is required and must be a string or an array");
        }
    }

    private static void optionalBoolean(Json.Obj body, String name) throws RequestException {
        Json value = body.get(name);
        if (value != null && value != Json.Null.NULL && !(value instanceof Json.Bool)) {
            throw RequestException.invalid("'" + name + "' must be a boolean");
        }
    }

    /** Returns how many answers are generated for the request; at least 1. */
    static int choices(Json.Obj body) throws RequestException {
        return Math.max(count(body, "n"), count(body, "best_of"));
    }

    private static int count(Json.Obj body, String name) throws RequestException {
        long value = integer(body, name, MAX_CHOICES, 1);
        return (int) value;
    }

    /** Returns the limit that the request sets itself, or -1; of two the lower one (hazard N21). */
    static long limit(Json.Obj body) throws RequestException {
        long first = integer(body, "max_completion_tokens", Integer.MAX_VALUE, -1);
        long second = integer(body, "max_tokens", Integer.MAX_VALUE, -1);
        return first < 0 ? second : second < 0 ? first : Math.min(first, second);
    }

    private static long integer(Json.Obj body, String name, long max, long absent) throws RequestException {
        Json value = body.get(name);
        if (value == null || value == Json.Null.NULL) {
            return absent;
        }
        if (value instanceof Json.Int number && !number.unsigned() && number.bits() >= 1 && number.bits() <= max) {
            return number.bits();
        }
        throw RequestException.invalid("'" + name + "' must be an integer from 1 to " + max);
    }

    private static void rewriteStream(Json.Obj body) throws RequestException {
        Json options = body.get("stream_options");
        if (options != null && options != Json.Null.NULL && !(options instanceof Json.Obj)) {
            throw RequestException.invalid("'stream_options' must be an object");
        }
        if (!DecemberRules.isTrue(body.get("stream"))) {
            body.remove("stream_options");
            return;
        }
        Json.Obj wanted = options instanceof Json.Obj object ? object : new Json.Obj();
        wanted.put("include_usage", new Json.Bool(true));
        body.put("stream_options", wanted);
    }
}
