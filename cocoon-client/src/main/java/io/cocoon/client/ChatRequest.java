package io.cocoon.client;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cocoon.protocol.HttpHeader;
import io.cocoon.tl.Bytes;
import java.util.List;
import java.util.Optional;

/**
 * A chat that is being written down: messages and options, then {@link #send}, {@link #stream} or {@link #async}.
 *
 * <p>Each of these three seals what was written so far, so that one request may be sent several times and go on to grow. Not
 * thread-safe. Options that are not set are left to the model server, but the token limit: it is always sent, because what
 * is reserved and charged follows from it (hazard H16).
 */
public final class ChatRequest {

    /** As the reference of April 2026. */
    public static final int DEFAULT_MAX_TOKENS = 10_000;

    /** As the reference. */
    public static final double DEFAULT_MAX_PRICE_FACTOR = 4.0;

    private static final String PATH = "/v1/chat/completions";
    private static final List<HttpHeader> HEADERS = List.of(new HttpHeader("Content-Type", "application/json"));
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final CocoonClient client;
    private final String model;
    private final ArrayNode messages = NODES.arrayNode();
    private final ObjectNode options = NODES.objectNode();
    private final ArrayNode tools = NODES.arrayNode();
    private int maxTokens = DEFAULT_MAX_TOKENS;
    private int maxCoefficient = (int) (DEFAULT_MAX_PRICE_FACTOR * 1000);
    private Deadlines deadlines;

    ChatRequest(CocoonClient client, String model, Deadlines deadlines) {
        int commit = model.indexOf('@');
        if (model.isBlank() || commit >= 0) {
            throw new CocoonException.Configuration(
                    "a model is asked for by its base name, got '" + Failures.shorten(model) + "'",
                    commit >= 0 ? "leave out everything from the '@' on" : "use a name from models()");
        }
        this.client = client;
        this.model = model;
        this.deadlines = deadlines;
    }

    /** Adds what the model is to keep to. */
    public ChatRequest system(String text) {
        return message("system", text);
    }

    /** Adds what the user says. */
    public ChatRequest user(String text) {
        return message("user", text);
    }

    /** Adds what the user says and shows. */
    public ChatRequest user(String text, Image... images) {
        if (images.length == 0) {
            return user(text);
        }
        ArrayNode parts = NODES.arrayNode();
        parts.addObject().put("type", "text").put("text", text);
        for (Image image : images) {
            parts.addObject().put("type", "image_url").putObject("image_url").put("url", image.url());
        }
        messages.addObject().put("role", "user").set("content", parts);
        return this;
    }

    /** Adds what the model said before. */
    public ChatRequest assistant(String text) {
        return message("assistant", text);
    }

    /** Adds what the model answered before, its tool calls included. */
    public ChatRequest assistant(ChatReply reply) {
        return assistant(reply.text(), reply.toolCalls());
    }

    /**
     * Adds what the model said before and which functions it wanted to be called.
     *
     * @param text may be empty if there are calls
     */
    public ChatRequest assistant(String text, List<ToolCall> toolCalls) {
        ObjectNode message = messages.addObject().put("role", "assistant").put("content", text);
        if (!toolCalls.isEmpty()) {
            ArrayNode calls = message.putArray("tool_calls");
            for (ToolCall call : toolCalls) {
                ObjectNode each = calls.addObject().put("id", call.id()).put("type", "function");
                each.putObject("function").put("name", call.name()).put("arguments", call.arguments());
            }
        }
        return this;
    }

    /** Adds a message of any role. */
    public ChatRequest message(String role, String content) {
        messages.addObject().put("role", role).put("content", content);
        return this;
    }

    /** Adds what a tool gave back. */
    public ChatRequest toolResult(ToolCall call, String content) {
        messages.addObject().put("role", "tool").put("tool_call_id", call.id()).put("content", content);
        return this;
    }

    /** Offers a function; {@code parameters} is its JSON schema. Workers of the C++ program of 2025 refuse tools. */
    public ChatRequest tool(String name, String description, String parameters) {
        ObjectNode tool = tools.addObject().put("type", "function");
        tool.putObject("function")
                .put("name", name)
                .put("description", description)
                .set("parameters", parse("the parameters of tool '" + name + "'", parameters));
        return this;
    }

    /** Says whether tools are to be used: {@code auto}, {@code none} or {@code required}. */
    public ChatRequest toolChoice(String choice) {
        options.put("tool_choice", choice);
        return this;
    }

    /** Asks for an answer of this form, as the OpenAI API defines it: a JSON object such as {@code {"type":"json_object"}}. */
    public ChatRequest responseFormat(String json) {
        return member("response_format", json);
    }

    /** Sets how adventurous the answer is, 0 to 2. */
    public ChatRequest temperature(double value) {
        requireRange("temperature", value, 0, 2);
        options.put("temperature", value);
        return this;
    }

    /** Sets from what share of the probability the answer is drawn, above 0 to 1. */
    public ChatRequest topP(double value) {
        requireRange("topP", value, Double.MIN_VALUE, 1);
        options.put("top_p", value);
        return this;
    }

    /** Sets how many tokens the answer may have, 1 or more. The price of a request is bounded by it. */
    public ChatRequest maxTokens(int value) {
        if (value < 1) {
            throw new CocoonException.Configuration(
                    "maxTokens is at least 1, got " + value, "set what you want to pay for");
        }
        maxTokens = value;
        return this;
    }

    /** Sets texts that end the answer. */
    public ChatRequest stop(String... texts) {
        ArrayNode list = options.putArray("stop");
        for (String text : texts) {
            list.add(text);
        }
        return this;
    }

    /** Asks the model server to repeat itself: the same seed, the same answer, as far as it can. */
    public ChatRequest seed(long value) {
        options.put("seed", value);
        return this;
    }

    /** Sets any other top-level member of the request, as JSON. */
    public ChatRequest member(String name, String json) {
        switch (name) {
            case "model", "messages", "tools", "stream", "max_tokens", "max_completion_tokens" ->
                throw new CocoonException.Configuration(
                        "the member '" + name + "' has a method of its own", "call that method, or use http()");
            default -> options.set(name, parse("the member '" + name + "'", json));
        }
        return this;
    }

    /** Sets the highest price factor that a worker may ask for, 0 to 1000; 1.0 is the network's list price. */
    public ChatRequest maxPriceFactor(double value) {
        requireRange("maxPriceFactor", value, 0, 1000);
        maxCoefficient = (int) Math.round(value * 1000);
        return this;
    }

    /** Sets the deadlines of this request. */
    public ChatRequest deadlines(Deadlines value) {
        deadlines = value;
        return this;
    }

    /**
     * Asks and waits for the whole answer.
     *
     * @throws CocoonException says what went wrong and what to do next
     */
    public ChatReply send() {
        return client.chat(prepare(false));
    }

    /**
     * Asks and returns when the answer begins; its pieces are read from the stream, which has to be closed.
     *
     * @throws CocoonException says what went wrong and what to do next
     */
    public ChatStream stream() {
        return client.chatStream(prepare(true));
    }

    /** Returns the face that does not block. */
    public AsyncChat async() {
        return new AsyncChat(client, prepare(false), prepare(true));
    }

    private Prepared prepare(boolean streams) {
        if (messages.isEmpty()) {
            throw new CocoonException.Configuration("a chat needs at least one message", "call user(…) first");
        }
        ObjectNode body = options.deepCopy();
        body.put("model", model);
        body.set("messages", messages);
        body.put("max_tokens", maxTokens);
        if (!tools.isEmpty()) {
            body.set("tools", tools);
        }
        if (streams) {
            body.put("stream", true);
            body.putObject("stream_options").put("include_usage", true);
        }
        try {
            Bytes bytes = Bytes.wrapUnshared(AnswerDocuments.JSON.writeValueAsBytes(body));
            return new Prepared(
                    PATH,
                    HEADERS,
                    model,
                    announcedTokens(),
                    maxCoefficient,
                    false,
                    bytes,
                    bytes,
                    Optional.empty(),
                    streams,
                    deadlines);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of JSON nodes can be written", e);
        }
    }

    /** Several choices multiply what is used, so they multiply what is announced. */
    private int announcedTokens() {
        JsonNode choices = options.path("n");
        long all =
                choices.canConvertToInt() && choices.intValue() > 1 ? (long) maxTokens * choices.intValue() : maxTokens;
        if (all > Integer.MAX_VALUE) {
            throw new CocoonException.Configuration(
                    "maxTokens times n is " + all + ", at most " + Integer.MAX_VALUE + " can be announced",
                    "ask for fewer");
        }
        return (int) all;
    }

    private static JsonNode parse(String what, String json) {
        try {
            JsonNode tree = AnswerDocuments.JSON.readTree(json);
            if (!tree.isMissingNode()) {
                return tree;
            }
        } catch (JsonProcessingException e) {
            // Without the cause: it quotes the text, which may be private.
            throw new CocoonException.Configuration(
                    what + " is no JSON: see line " + e.getLocation().getLineNr() + ", column "
                            + e.getLocation().getColumnNr(),
                    "correct it");
        }
        throw new CocoonException.Configuration(what + " is empty", "give a JSON value");
    }

    private static void requireRange(String name, double value, double least, double most) {
        if (!(value >= least && value <= most)) {
            throw new CocoonException.Configuration(
                    name + " is " + least + " to " + most + ", got " + value, "choose a value in that range");
        }
    }
}
