package io.cocoon.engine.openai;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** Reads a request. What would change the answer and cannot be done is refused by name, never ignored. */
public final class RequestReader {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> NOT_BUILT = List.of(
            "functions", "function_call", "audio", "modalities", "prediction", "suffix", "echo", "web_search_options");

    /** As in the OpenAI API. */
    private static final int MOST_TOP_LOGPROBS = 20;

    /** More than one answer should need; each is compared at every token. */
    private static final int MOST_STOPS = 64;

    /**
     * The shortest key under which requests share prompts. Whoever knows a key can find out by timing what others asked under
     * it, so it has to be a secret, and shorter ones can be guessed.
     */
    static final int LEAST_CACHE_KEY = 16;

    private final JsonNode body;
    private final boolean chat;
    private final ToolStyle style;

    private RequestReader(JsonNode body, boolean chat, ToolStyle style) {
        this.body = body;
        this.chat = chat;
        this.style = style;
    }

    /**
     * Reads a request.
     *
     * @param text the body
     * @param chat whether it is a chat
     * @param model the name to answer under
     * @param stream whether the answer is to come in pieces
     * @param style how the model calls tools
     * @throws RefusedException if it cannot be answered as it asks
     */
    public static CompletionRequest read(String text, boolean chat, String model, boolean stream, ToolStyle style)
            throws RefusedException {
        JsonNode body;
        try {
            body = JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new RefusedException("the body is not JSON", e);
        }
        return new RequestReader(body, chat, style).request(model, stream);
    }

    private CompletionRequest request(String model, boolean stream) throws RefusedException {
        for (String name : NOT_BUILT) {
            if (!isOff(body.path(name))) {
                throw new RefusedException("the built-in engine does not do '" + name
                        + "'; leave it out, or use a worker with a model server");
            }
        }
        int choices = whole("n", 1, 1, Integer.MAX_VALUE);
        if (whole("best_of", choices, 1, Integer.MAX_VALUE) != choices) {
            throw new RefusedException("the built-in engine gives every choice that it makes: best_of has to equal n");
        }
        List<Object> toolList = new ArrayList<>();
        List<Tool> tools = tools(toolList);
        Optional<JsonNode> format = schema();
        Optional<JsonNode> call =
                tools.isEmpty() ? Optional.empty() : ForcedCall.schema(body.path("tool_choice"), tools);
        boolean logprobs =
                chat ? body.path("logprobs").asBoolean() : body.path("logprobs").isIntegralNumber();
        int top = whole(chat ? "top_logprobs" : "logprobs", 0, 0, MOST_TOP_LOGPROBS);
        if (top > 0 && !logprobs) {
            throw new RefusedException("top_logprobs needs logprobs to be true");
        }
        return new CompletionRequest(
                chat,
                model,
                stream,
                body.path("stream_options").path("include_usage").asBoolean(),
                messages(),
                prompt(),
                toolList,
                tools,
                templateOptions(),
                maxTokens(),
                choices,
                logprobs,
                top,
                stops(),
                Optional.ofNullable(body.path("prompt_cache_key").textValue())
                        .filter(key -> key.length() >= LEAST_CACHE_KEY),
                // A call that is insisted on leaves no content that could have a format.
                call.or(() -> format),
                call.isPresent(),
                parallelCalls(),
                body);
    }

    private static boolean isOff(JsonNode value) {
        return value.isMissingNode()
                || value.isNull()
                || value.isArray() && value.isEmpty()
                || value.isBoolean() && !value.booleanValue()
                || value.isTextual() && value.asText().isEmpty()
                // What every answer is.
                || value.size() == 1 && value.path(0).asText().equals("text");
    }

    private int whole(String name, int absent, int least, int most) throws RefusedException {
        JsonNode value = body.path(name);
        if (value.isMissingNode() || value.isNull() || value.isBoolean()) {
            return absent;
        }
        if (!value.canConvertToInt()
                || !value.isIntegralNumber()
                || value.intValue() < least
                || value.intValue() > most) {
            throw new RefusedException(name + " has to be a whole number from " + least + " to " + most);
        }
        return value.intValue();
    }

    private boolean parallelCalls() throws RefusedException {
        JsonNode value = body.path("parallel_tool_calls");
        if (!value.isMissingNode() && !value.isNull() && !value.isBoolean()) {
            throw new RefusedException("parallel_tool_calls has to be true or false");
        }
        return value.asBoolean(true);
    }

    /** Of two limits the lower one counts. */
    private OptionalInt maxTokens() throws RefusedException {
        int one = whole("max_tokens", Integer.MAX_VALUE, 1, Integer.MAX_VALUE);
        int other = whole("max_completion_tokens", Integer.MAX_VALUE, 1, Integer.MAX_VALUE);
        int least = Math.min(one, other);
        return least == Integer.MAX_VALUE ? OptionalInt.empty() : OptionalInt.of(least);
    }

    private List<String> stops() throws RefusedException {
        JsonNode stop = body.path("stop");
        List<String> texts = new ArrayList<>();
        if (stop.isTextual()) {
            texts.add(stop.asText());
        }
        for (JsonNode each : stop) {
            texts.add(each.asText());
        }
        if (texts.size() > MOST_STOPS || texts.contains("")) {
            throw new RefusedException("stop takes up to " + MOST_STOPS + " texts, none of them empty");
        }
        return texts;
    }

    private Optional<JsonNode> schema() throws RefusedException {
        JsonNode format = body.path("response_format");
        return switch (format.path("type").asText("text")) {
            case "text" -> Optional.empty();
            case "json_object" ->
                Optional.of(JsonNodeFactory.instance.objectNode().put("type", "object"));
            case "json_schema" -> {
                JsonNode schema = format.path("json_schema").path("schema");
                if (!schema.isObject()) {
                    throw new RefusedException("response_format.json_schema.schema has to be an object");
                }
                yield Optional.of(schema);
            }
            default ->
                throw new RefusedException("response_format takes the types text, json_object and json_schema, not '"
                        + format.path("type").asText() + "'");
        };
    }

    private List<Tool> tools(List<Object> forTemplate) throws RefusedException {
        JsonNode choice = body.path("tool_choice");
        if (!chat || isOff(body.path("tools")) || choice.asText().equals("none")) {
            return List.of();
        }
        if (style == ToolStyle.NONE) {
            throw new RefusedException(
                    "this model's chat template has no place for 'tools'; leave them out, or use another model");
        }
        List<Tool> tools = new ArrayList<>();
        for (JsonNode each : body.path("tools")) {
            String name = each.path("function").path("name").asText("");
            if (!each.path("type").asText("function").equals("function") || name.isEmpty()) {
                throw new RefusedException("every tool has to be of type function, with a name");
            }
            tools.add(new Tool(name, each.path("function").path("parameters")));
            forTemplate.add(JSON.convertValue(each, Object.class));
        }
        return tools;
    }

    private Map<String, Object> templateOptions() {
        JsonNode options = body.path("chat_template_kwargs");
        return options.isObject()
                ? JSON.convertValue(options, new TypeReference<LinkedHashMap<String, Object>>() {})
                : Map.of();
    }

    private String prompt() throws RefusedException {
        JsonNode prompt = body.path("prompt");
        if (chat) {
            return "";
        }
        JsonNode text = prompt.isArray() && prompt.size() == 1 ? prompt.path(0) : prompt;
        if (!text.isTextual()) {
            throw new RefusedException("prompt has to be one text here: neither several ones nor token ids");
        }
        return text.asText();
    }

    private List<Map<String, Object>> messages() throws RefusedException {
        List<Map<String, Object>> messages = new ArrayList<>();
        if (chat) {
            for (JsonNode message : body.path("messages")) {
                messages.add(message(message));
            }
            if (messages.isEmpty()) {
                throw new RefusedException("messages has to be a list with one message at least");
            }
        }
        return messages;
    }

    private static Map<String, Object> message(JsonNode json) throws RefusedException {
        Map<String, Object> fields = new LinkedHashMap<>();
        String role = json.path("role").asText();
        fields.put("role", role.equals("developer") ? "system" : role);
        fields.put("content", text(json.path("content")));
        for (String name : List.of("name", "tool_call_id", "reasoning_content")) {
            if (json.path(name).isTextual()) {
                fields.put(name, json.path(name).asText());
            }
        }
        if (!json.path("tool_calls").isEmpty()) {
            List<Object> calls = new ArrayList<>();
            for (JsonNode call : json.path("tool_calls")) {
                JsonNode function = call.path("function");
                calls.add(Map.of(
                        "id",
                        call.path("id").asText(),
                        "type",
                        "function",
                        "function",
                        Map.of("name", function.path("name").asText(), "arguments", arguments(function))));
            }
            fields.put("tool_calls", calls);
        }
        return fields;
    }

    private static String text(JsonNode content) throws RefusedException {
        if (!content.isArray()) {
            return content.asText("");
        }
        StringBuilder joined = new StringBuilder();
        for (JsonNode part : content) {
            String type = part.path("type").asText("text");
            if (!type.equals("text")) {
                throw new RefusedException("the built-in engine reads text, not parts of type '" + type + "'");
            }
            joined.append(part.isTextual() ? part.asText() : part.path("text").asText(""));
        }
        return joined.toString();
    }

    /** Templates want a map; the API has JSON in a text. */
    private static Object arguments(JsonNode function) throws RefusedException {
        JsonNode arguments = function.path("arguments");
        try {
            JsonNode parsed = arguments.isTextual() ? JSON.readTree(arguments.asText()) : arguments;
            if (parsed.isObject()) {
                return JSON.convertValue(parsed, new TypeReference<LinkedHashMap<String, Object>>() {});
            }
        } catch (JsonProcessingException e) {
            throw new RefusedException("the arguments of an earlier tool call are not JSON", e);
        }
        throw new RefusedException("the arguments of an earlier tool call are no JSON object");
    }
}
