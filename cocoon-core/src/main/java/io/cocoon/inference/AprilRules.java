package io.cocoon.inference;

import io.cocoon.internal.json.Json;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Validation of JSON requests as in April 2026, with the same texts. 2026 part, sections 7.1 to 7.3. */
final class AprilRules {

    private static final int MAX_TYPE_LENGTH = 128;

    private AprilRules() {}

    static void apply(String path, Json.Obj body) throws RequestException {
        boolean chat = path.equals(Paths.CHAT);
        Members members = new Members("", body);
        if (chat) {
            messages(members);
        } else {
            prompt(members);
        }
        members.requiredString("model");
        members.integers("max_tokens", "max_completion_tokens", "n", "seed");
        members.numbers("frequency_penalty", "presence_penalty", "temperature", "top_p");
        members.booleans("logprobs", "stream", "skip_special_tokens");
        members.strings("user");
        members.stringArray("stop");
        members.strings(PayloadEncryption.META.toArray(String[]::new));
        if (chat) {
            chatMembers(members);
        } else {
            members.integers("best_of");
            members.booleans("echo");
            members.strings("suffix");
        }
        Members options = members.object("stream_options");
        if (options != null) {
            options.booleans("include_obfuscation", "include_usage");
            options.refuseUnknown();
        }
        rewriteStream(body);
        setLimit(body);
        members.refuseUnknown();
    }

    private static void chatMembers(Members members) throws RequestException {
        members.integers("top_logprobs", "service_tier");
        members.booleans("parallel_tool_calls", "store");
        members.strings(
                "prompt_cache_key", "prompt_cache_retention", "reasoning_effort", "safety_identifier", "verbosity");
        members.stringArray("modalities");
        Members audio = members.object("audio");
        if (audio != null) {
            audio.requiredString("format");
            if (!(audio.required("voice") instanceof Json.Str)) {
                throw audio.wrong("voice", "an array");
            }
            audio.refuseUnknown();
        }
        Members prediction = members.object("prediction");
        if (prediction != null) {
            prediction.requiredString("type");
            content(prediction, true);
            prediction.refuseUnknown();
        }
        Members format = members.object("response_format");
        if (format != null) {
            format.refuseUnknown();
        }
        Members template = members.object("chat_template_kwargs");
        if (template != null) {
            template.booleans("enable_thinking");
            template.refuseUnknown();
        }
    }

    private static void prompt(Members members) throws RequestException {
        Json prompt = members.required("prompt");
        if (prompt instanceof Json.Arr) {
            members.stringArray("prompt");
        } else {
            members.strings("prompt");
        }
    }

    private static void messages(Members members) throws RequestException {
        members.required("messages");
        List<Json> messages = members.array("messages");
        for (int i = 0; i < messages.size(); i++) {
            Members message = new Members(".messages[" + i + "]", messages.get(i));
            String role = message.requiredString("role");
            switch (role) {
                case "developer", "system", "user" -> {
                    content(message, true);
                    message.strings("name");
                }
                case "assistant" -> assistant(message);
                case "tool" -> {
                    message.requiredString("tool_call_id");
                    content(message, true);
                }
                case "function" -> {
                    message.requiredString("name");
                    message.requiredString("content");
                }
                default -> throw RequestException.invalid(message.path + " has unknown role " + role);
            }
            message.refuseUnknown();
        }
    }

    private static void assistant(Members message) throws RequestException {
        content(message, false);
        message.strings("name", "refusal");
        Members audio = message.object("audio");
        if (audio != null) {
            audio.requiredString("id");
            audio.refuseUnknown();
        }
        Members call = message.object("function_call");
        if (call != null) {
            twoStrings(call, "arguments", "name");
        }
        if (message.has("tool_calls")) {
            List<Json> calls = message.array("tool_calls");
            for (int i = 0; i < calls.size(); i++) {
                toolCall(new Members(message.path + ".tool_calls[" + i + "]", calls.get(i)));
            }
        }
    }

    private static void toolCall(Members call) throws RequestException {
        String type = call.requiredString("type");
        switch (type) {
            case "function" -> {
                call.requiredString("id");
                twoStrings(call.requiredObject("function"), "arguments", "name");
            }
            case "custom" -> {
                call.requiredString("id");
                twoStrings(call.requiredObject("custom"), "input", "name");
            }
            default -> throw RequestException.invalid(call.path + " has unknown type " + type);
        }
        call.refuseUnknown();
    }

    private static void twoStrings(Members members, String first, String second) throws RequestException {
        members.requiredString(first);
        members.requiredString(second);
        members.refuseUnknown();
    }

    private static void content(Members owner, boolean required) throws RequestException {
        if (required) {
            owner.required("content");
        }
        if (!(owner.get("content") instanceof Json.Arr)) {
            owner.strings("content");
            return;
        }
        List<Json> parts = owner.array("content");
        for (int i = 0; i < parts.size(); i++) {
            part(new Members(owner.path + ".content[" + i + "]", parts.get(i)));
        }
    }

    private static void part(Members part) throws RequestException {
        String type = part.requiredString("type");
        if (type.getBytes(java.nio.charset.StandardCharsets.UTF_8).length >= MAX_TYPE_LENGTH) {
            throw RequestException.invalid(part.path + ".type must be a string not longer than 128 chars");
        }
        if (part.has("refusal")) {
            part.strings("refusal");
        } else if (type.contains("text")) {
            part.requiredString("text");
        } else if (type.contains("image")) {
            Members image = part.requiredObject("image");
            image.requiredString("url");
            image.strings("detail");
            image.refuseUnknown();
        } else if (type.contains("audio")) {
            Members audio = part.requiredObject("input_audio");
            audio.requiredString("format");
            audio.requiredString("data");
            audio.hex("data");
            audio.refuseUnknown();
        } else if (type.contains("file")) {
            Members file = part.requiredObject("file");
            file.strings("file_data", "file_id", "filename");
            file.hex("file_data");
            file.refuseUnknown();
        } else {
            throw RequestException.invalid(part.path + " has unknown type " + type);
        }
        part.refuseUnknown();
    }

    private static void rewriteStream(Json.Obj body) throws RequestException {
        if (!DecemberRules.isTrue(body.get("stream"))) {
            body.remove("stream_options");
            return;
        }
        @Nullable Json options = body.get("stream_options");
        if (options == null) {
            options = new Json.Obj();
            body.put("stream_options", options);
        }
        if (!(options instanceof Json.Obj object)) {
            // The reference aborts here (hazard N11).
            throw RequestException.invalid(".stream_options must be an object");
        }
        if (object.has("include_obfuscation")) {
            throw RequestException.invalid(".stream_options has unknown field 'include_obfuscation'");
        }
        object.put("include_usage", new Json.Bool(true));
    }

    private static void setLimit(Json.Obj body) {
        Json limit = body.has("max_tokens") ? body.get("max_tokens") : body.get("max_completion_tokens");
        if (limit instanceof Json.Int number && number.nonNegative() && number.bits() != 0) {
            body.put("max_tokens", number);
            body.put("max_completion_tokens", number);
        }
    }

    /** The members of one object, and which of them a rule has spoken about. A value of another type has none. */
    private static final class Members {
        private final String path;
        private final Json.Obj object;
        private final Set<String> known = new HashSet<>();

        Members(String path, Json value) {
            this.path = path;
            this.object = value instanceof Json.Obj members ? members : new Json.Obj();
        }

        boolean has(String name) {
            return object.has(name);
        }

        @Nullable
        Json get(String name) {
            known.add(name);
            return object.get(name);
        }

        Json required(String name) throws RequestException {
            Json value = get(name);
            if (value == null) {
                throw RequestException.invalid("'" + path + "' must have a field '" + name + "'");
            }
            return value;
        }

        String requiredString(String name) throws RequestException {
            if (required(name) instanceof Json.Str text) {
                return text.value();
            }
            throw wrong(name, "a string");
        }

        Members requiredObject(String name) throws RequestException {
            return new Members(path + "." + name, required(name));
        }

        @Nullable
        Members object(String name) {
            Json value = get(name);
            return value == null ? null : new Members(path + "." + name, value);
        }

        List<Json> array(String name) throws RequestException {
            if (get(name) instanceof Json.Arr array) {
                return array.items();
            }
            throw wrong(name, "an array");
        }

        void stringArray(String name) throws RequestException {
            if (get(name) == null) {
                return;
            }
            List<Json> items = array(name);
            for (int i = 0; i < items.size(); i++) {
                if (!(items.get(i) instanceof Json.Str)) {
                    throw wrong(name + "[" + i + "]", "a string");
                }
            }
        }

        void strings(String... names) throws RequestException {
            for (String name : names) {
                check(name, get(name) instanceof Json.Str, "a string");
            }
        }

        void integers(String... names) throws RequestException {
            for (String name : names) {
                check(name, get(name) instanceof Json.Int, "an integer");
            }
        }

        void numbers(String... names) throws RequestException {
            for (String name : names) {
                Json value = get(name);
                check(name, value != null && DecemberRules.isNumber(value), "a number");
            }
        }

        void booleans(String... names) throws RequestException {
            for (String name : names) {
                check(name, get(name) instanceof Json.Bool, "a boolean");
            }
        }

        void hex(String name) throws RequestException {
            String text = object.text(name);
            if (text != null
                    && (text.length() % 2 != 0
                            || !text.chars().allMatch(c -> c < 128 && Character.digit(c, 16) >= 0))) {
                throw wrong(name, "a hex string");
            }
        }

        private void check(String name, boolean good, String wanted) throws RequestException {
            if (!good && object.has(name)) {
                throw wrong(name, wanted);
            }
        }

        private RequestException wrong(String name, String wanted) {
            return RequestException.invalid(path + "." + name + " must be " + wanted);
        }

        void refuseUnknown() throws RequestException {
            for (String name : object.members().keySet()) {
                if (!known.contains(name)) {
                    throw RequestException.invalid(path + " has unknown field '" + name + "'");
                }
            }
        }
    }
}
