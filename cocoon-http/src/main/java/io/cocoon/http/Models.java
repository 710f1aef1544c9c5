package io.cocoon.http;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cocoon.client.CocoonClient;
import io.cocoon.client.CocoonException;
import io.cocoon.client.ModelOffer;
import java.util.List;
import java.util.Optional;

/** {@code /v1/models}: what the network serves, in OpenAI's shape, with our own members under {@code cocoon}. */
final class Models {

    private static final String PREFIX = "/v1/models/";

    private final CocoonClient client;

    Models(CocoonClient client) {
        this.client = client;
    }

    void all(Request request, Responder out) {
        List<ModelOffer> offers;
        try {
            offers = client.models();
        } catch (CocoonException e) {
            out.send(Failure.of(e).reply());
            return;
        }
        ObjectNode list = JsonNodeFactory.instance.objectNode().put("object", "list");
        var data = list.putArray("data");
        offers.forEach(offer -> data.add(document(offer)));
        out.send(Reply.json(200, list.toString()));
    }

    /** Names of models hold slashes, so the rest of the path is one, escaped or not. */
    void one(Request request, Responder out) {
        String name = request.path().substring(PREFIX.length());
        try {
            Optional<ModelOffer> offer = client.models().stream()
                    .filter(each -> each.name().equals(name))
                    .findFirst();
            out.send(
                    offer.map(found -> Reply.json(200, document(found).toString()))
                            .orElseGet(
                                    () -> Errors.reply(
                                            404,
                                            Errors.INVALID,
                                            "model_not_found",
                                            "no proxy that is connected lists this model; GET /v1/models lists those that are served")));
        } catch (CocoonException e) {
            out.send(Failure.of(e).reply());
        }
    }

    private static ObjectNode document(ModelOffer offer) {
        ObjectNode model = JsonNodeFactory.instance
                .objectNode()
                .put("id", offer.name())
                .put("object", "model")
                .put("created", 0)
                .put("owned_by", "cocoon");
        ObjectNode ours = model.putObject("cocoon").put("workers", offer.workers());
        offer.freeSlots().ifPresent(slots -> ours.put("free_slots", slots));
        ours.putObject("price_factor")
                .put("min", offer.minPriceFactor())
                .put("median", offer.medianPriceFactor())
                .put("max", offer.maxPriceFactor());
        ours.putObject("nanoton_per_million_tokens")
                .put("prompt", offer.pricePerMillionPromptTokens().value())
                .put("completion", offer.pricePerMillionCompletionTokens().value());
        return model;
    }
}
