package io.cocoon.client;

/**
 * The model wants a function to be called.
 *
 * @param id to be given back with the result
 * @param name of the function
 * @param arguments JSON as the model wrote it; check it before use
 */
public record ToolCall(String id, String name, String arguments) {}
