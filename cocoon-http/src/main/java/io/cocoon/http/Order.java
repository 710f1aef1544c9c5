package io.cocoon.http;

import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Something that an operator can order, by a POST with the token.
 *
 * @param path the reference's, such as {@code /request/enable}
 * @param label of its button
 * @param explanation what it does, in a sentence
 * @param fields what has to be given
 * @param action does it and says what came of it; gets all fields, empty ones too; throws IllegalArgumentException or
 *     IllegalStateException with a text for the operator if it cannot
 */
record Order(
        String path, String label, String explanation, List<Field> fields, Function<Map<String, String>, String> action) {

    /** Text to give. */
    record Field(String name, String label) {}
}
