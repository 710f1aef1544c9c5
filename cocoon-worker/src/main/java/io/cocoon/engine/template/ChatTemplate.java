package io.cocoon.engine.template;

import com.fasterxml.jackson.databind.JsonNode;
import io.cocoon.engine.file.ModelFormatException;
import io.cocoon.engine.file.StrictJson;
import io.cocoon.engine.text.Segment;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How a model wants a conversation written: its chat template, ready to render. Immutable; safe for use by many threads.
 *
 * <p>The template writes the first token of the prompt itself: encode the segments with
 * {@link io.cocoon.engine.text.Tokenizer#encode(java.util.List)}, which adds none.
 */
public final class ChatTemplate {

    private static final List<String> SPECIAL_TOKENS = List.of("bos_token", "eos_token", "pad_token", "unk_token");

    private final List<Statement> statements;
    private final List<Statement> withTools;
    private final String source;
    private final Map<String, String> specialTokens;
    private final TemplateLimits limits;
    private final Clock clock;

    private ChatTemplate(
            List<Statement> statements,
            List<Statement> withTools,
            String source,
            Map<String, String> specialTokens,
            TemplateLimits limits,
            Clock clock) {
        this.statements = statements;
        this.withTools = withTools;
        this.source = source;
        this.specialTokens = Map.copyOf(specialTokens);
        this.limits = limits;
        this.clock = clock;
    }

    /**
     * Reads the template of a model's folder: {@code chat_template.jinja}, or {@code chat_template} in
     * {@code tokenizer_config.json}, where it is a text or a list of named ones ({@code default}, {@code tool_use}).
     *
     * @param clock what a template that writes today's date is told
     * @throws ModelFormatException if there is none, or it cannot be read; the message names line and column
     */
    public static ChatTemplate load(Path folder, Clock clock) throws IOException {
        Path file = folder.resolve("tokenizer_config.json");
        JsonNode config = StrictJson.readObject(file);
        Map<String, String> tokens = new LinkedHashMap<>();
        for (String name : SPECIAL_TOKENS) {
            JsonNode token = config.path(name);
            String text = token.isObject() ? token.path("content").asText() : token.asText("");
            if (!token.isNull() && !text.isEmpty()) {
                tokens.put(name, text);
            }
        }
        Map<String, String> sources = new HashMap<>();
        Path own = folder.resolve("chat_template.jinja");
        JsonNode template = config.path("chat_template");
        if (Files.exists(own)) {
            file = own;
            sources.put("default", source(own));
        } else if (template.isTextual()) {
            sources.put("default", template.asText());
        } else {
            for (JsonNode each : template) {
                sources.put(each.path("name").asText(), each.path("template").asText());
            }
        }
        String source = sources.get("default");
        if (source == null) {
            throw new ModelFormatException(folder
                    + ": no chat template; wanted chat_template.jinja, or chat_template in tokenizer_config.json. "
                    + "A model without one answers text completions only");
        }
        try {
            List<Statement> statements = Parser.parse(source);
            String forTools = sources.get("tool_use");
            return new ChatTemplate(
                    statements,
                    forTools == null ? statements : Parser.parse(forTools),
                    forTools == null ? source : forTools,
                    tokens,
                    TemplateLimits.DEFAULT,
                    clock);
        } catch (TemplateException e) {
            throw new ModelFormatException(file + ": " + e.getMessage(), e);
        }
    }

    private static String source(Path file) throws IOException {
        // A character has four bytes at most.
        if (Files.size(file) > 4L * TemplateLimits.MAX_SOURCE) {
            throw new ModelFormatException(file + " has " + Files.size(file) + " bytes; at most "
                    + 4L * TemplateLimits.MAX_SOURCE + " are read");
        }
        try {
            return Files.readString(file);
        } catch (CharacterCodingException e) {
            throw new ModelFormatException(file + " is not UTF-8", e);
        }
    }

    /**
     * Reads the template in the metadata of a GGUF file.
     *
     * @param metadata String, Long, Double, Boolean or List by key
     * @param where names the file in messages
     * @param clock what a template that writes today's date is told
     * @throws ModelFormatException if there is none, or it cannot be read; the message names line and column
     */
    public static ChatTemplate ofGguf(Map<String, Object> metadata, String where, Clock clock)
            throws ModelFormatException {
        if (!(metadata.get("tokenizer.chat_template") instanceof String source)) {
            throw new ModelFormatException(where + ": tokenizer.chat_template is absent; wanted a chat template");
        }
        Map<String, String> specialTokens = new LinkedHashMap<>();
        for (String name : SPECIAL_TOKENS) {
            String key = name.equals("unk_token")
                    ? "unknown_token_id"
                    : name.equals("pad_token") ? "padding_token_id" : name + "_id";
            if (metadata.get("tokenizer.ggml." + key) instanceof Long id
                    && metadata.get("tokenizer.ggml.tokens") instanceof List<?> tokens
                    && id >= 0
                    && id < tokens.size()
                    && tokens.get((int) (long) id) instanceof String text) {
                specialTokens.put(name, text);
            }
        }
        try {
            return parse(source, specialTokens, TemplateLimits.DEFAULT, clock);
        } catch (TemplateException e) {
            throw new ModelFormatException(where + ": " + e.getMessage(), e);
        }
    }

    /**
     * Reads a template's source.
     *
     * @param specialTokens texts that the template knows by name, for example {@code bos_token}; they count as its own
     * @throws TemplateException if it cannot be read
     */
    public static ChatTemplate parse(
            String source, Map<String, String> specialTokens, TemplateLimits limits, Clock clock)
            throws TemplateException {
        List<Statement> statements = Parser.parse(source);
        return new ChatTemplate(statements, statements, source, specialTokens, limits, clock);
    }

    /** Returns whether this text stands in the template that is used for conversations with tools. */
    public boolean mentions(String text) {
        return source.contains(text);
    }

    /**
     * Writes a conversation the way the model wants it.
     *
     * @param messages as in a chat request: maps with {@code role}, {@code content} and so on, made of maps, lists, strings,
     *     numbers, booleans and nulls. A call's arguments are best given as a map, not as JSON text
     * @param tools as in a chat request; empty if there are none
     * @param options further variables, for example {@code enable_thinking}. {@code add_generation_prompt} is true unless it
     *     is among them; messages, tools, functions and special tokens cannot be
     *     replaced
     * @return the prompt in pieces, each with its origin
     * @throws TemplateException if the template refuses the conversation, fails, or goes beyond a limit
     */
    public List<Segment> render(List<?> messages, List<?> tools, Map<String, ?> options) throws TemplateException {
        Run run = new Run(limits, clock);
        Run.Scope globals = run.scope();
        try {
            globals.set("add_generation_prompt", true);
            for (Map.Entry<String, ?> each : options.entrySet()) {
                if (Functions.find(each.getKey()) != null) {
                    throw new Fault("the option '" + each.getKey() + "' has the name of a function");
                }
                globals.set(each.getKey(), Values.ofCaller(run, each.getValue()));
            }
            globals.set("messages", Values.ofCaller(run, messages));
            globals.set("tools", tools.isEmpty() ? None.NONE : Values.ofCaller(run, tools));
        } catch (Fault e) {
            throw e.at(1, 1);
        }
        specialTokens.forEach((name, text) -> globals.set(name, Text.ofTemplate(text)));
        for (Statement each : tools.isEmpty() ? statements : withTools) {
            each.run(run);
        }
        return run.out().segments();
    }
}
