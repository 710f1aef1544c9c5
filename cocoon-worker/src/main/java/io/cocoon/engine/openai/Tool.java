package io.cocoon.engine.openai;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * A function that the model may ask for.
 *
 * @param name its name
 * @param parameters the JSON schema of its arguments
 */
public record Tool(String name, JsonNode parameters) {}
