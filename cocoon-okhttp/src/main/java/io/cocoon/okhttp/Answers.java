package io.cocoon.okhttp;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cocoon.client.ModelOffer;
import java.util.List;
import okhttp3.MediaType;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.ResponseBody;

/** Answers that are made here, in OpenAI's shapes. */
final class Answers {

    private static final MediaType JSON = MediaType.get("application/json");

    private Answers() {}

    static Response error(Request request, int status, boolean retry, String type, String message) {
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        document.putObject("error")
                .put("message", message)
                .put("type", type)
                .putNull("param")
                .putNull("code");
        return respond(request, status, document)
                .header(CocoonInterceptor.SHOULD_RETRY, String.valueOf(retry))
                .build();
    }

    static Response models(Request request, List<ModelOffer> offers) {
        ObjectNode document = JsonNodeFactory.instance.objectNode().put("object", "list");
        ArrayNode data = document.putArray("data");
        for (ModelOffer offer : offers) {
            data.addObject()
                    .put("id", offer.name())
                    .put("object", "model")
                    .put("created", 0)
                    .put("owned_by", "cocoon");
        }
        return respond(request, 200, document).build();
    }

    private static Response.Builder respond(Request request, int status, ObjectNode document) {
        return new Response.Builder()
                .request(request)
                .protocol(Protocol.HTTP_1_1)
                .code(status)
                .message("")
                .header("Content-Type", "application/json")
                .body(ResponseBody.create(document.toString(), JSON));
    }
}
