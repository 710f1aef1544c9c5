package io.cocoon.engine.openai;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A function that the model asked for.
 *
 * @param name its name
 * @param arguments a JSON object
 */
record ToolCall(String name, String arguments) {

    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * Reads what a model wrote.
     *
     * @param text one call, or several with white space or semicolons between them
     * @param names of the functions that it may ask for
     * @return empty if it is anything else
     */
    static List<ToolCall> parse(String text, Set<String> names) {
        List<ToolCall> calls = new ArrayList<>();
        try {
            int at = 0;
            while (at < text.length()) {
                char c = text.charAt(at);
                if (Character.isWhitespace(c) || c == ';' && !calls.isEmpty()) {
                    at++;
                    continue;
                }
                try (JsonParser parser = JSON.createParser(text.substring(at))) {
                    JsonNode value = JSON.readTree(parser);
                    JsonNode arguments = value.has("arguments") ? value.path("arguments") : value.path("parameters");
                    String name = value.path("name").asText();
                    if (!names.contains(name) || !arguments.isObject()) {
                        return List.of();
                    }
                    calls.add(new ToolCall(name, JSON.writeValueAsString(arguments)));
                    at += Math.toIntExact(parser.currentLocation().getCharOffset());
                }
            }
        } catch (IOException e) {
            // A model that writes no JSON has written text.
            return List.of();
        }
        return calls;
    }
}
