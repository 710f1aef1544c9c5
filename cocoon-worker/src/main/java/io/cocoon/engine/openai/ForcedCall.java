package io.cocoon.engine.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;

/** A call that a request insists on: the answer has to be one, with arguments that fit the function's schema. */
final class ForcedCall {

    private ForcedCall() {}

    /**
     * Returns what the answer has to be.
     *
     * @param choice as in the request; absent or {@code auto} forces nothing
     * @throws RefusedException if it is something else than auto, required or one of the functions
     */
    static Optional<JsonNode> schema(JsonNode choice, List<Tool> tools) throws RefusedException {
        if (choice.isMissingNode() || choice.isNull() || choice.asText().equals("auto")) {
            return Optional.empty();
        }
        String name = choice.path("function").path("name").asText("");
        if (name.isEmpty() && !choice.asText().equals("required")) {
            throw new RefusedException("tool_choice takes none, auto, required or a function");
        }
        ObjectNode schema = JsonNodeFactory.instance.objectNode();
        ArrayNode calls = schema.putArray("anyOf");
        for (Tool tool : tools) {
            if (!name.isEmpty() && !name.equals(tool.name())) {
                continue;
            }
            if (tool.parameters().findValue("$ref") != null) {
                throw new RefusedException("a call of '" + tool.name()
                        + "' cannot be forced: references in parameters are not followed; use tool_choice auto");
            }
            ObjectNode call = calls.addObject().put("type", "object").put("additionalProperties", false);
            call.putArray("required").add("name").add("arguments");
            ObjectNode members = call.putObject("properties");
            members.putObject("name").put("const", tool.name());
            members.set(
                    "arguments",
                    tool.parameters().isObject()
                            ? tool.parameters()
                            : JsonNodeFactory.instance.objectNode().put("type", "object"));
        }
        if (calls.isEmpty()) {
            throw new RefusedException("tool_choice names a function that is not among the tools");
        }
        return Optional.of(schema);
    }
}
