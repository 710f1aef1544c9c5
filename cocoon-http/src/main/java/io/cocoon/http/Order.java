package io.cocoon.http;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Something that an operator can order, by a POST with the token.
 *
 * @param path the reference's, such as {@code /request/enable}
 * @param label of its button
 * @param explanation what it does, in a sentence
 * @param fields what has to be given, in the query
 * @param route does it
 */
record Order(String path, String label, String explanation, List<Field> fields, Route route) {

    /** Text to give. */
    record Field(String name, String label) {}

    /**
     * Makes one that is done at once.
     *
     * @param action does it and says what came of it; throws IllegalArgumentException or IllegalStateException with a text for the
     *     operator if it cannot
     */
    static Order of(
            String path,
            String label,
            String explanation,
            List<Field> fields,
            Function<Map<String, String>, String> action) {
        return new Order(path, label, explanation, fields, (request, out) -> {
            try {
                String what = action.apply(request.target().query());
                out.send(Reply.json(
                        200,
                        JsonNodeFactory.instance.objectNode().put("what", what).toString()));
            } catch (IllegalArgumentException e) {
                out.send(Errors.reply(400, Errors.INVALID, String.valueOf(e.getMessage())));
            } catch (IllegalStateException e) {
                out.send(Errors.reply(409, Errors.INVALID, "refused", String.valueOf(e.getMessage())));
            }
        });
    }
}
