package io.cocoon.engine.openai;

import com.fasterxml.jackson.databind.JsonNode;
import io.cocoon.engine.serve.SamplingOptions;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/** Reads how a request wants its tokens chosen. */
public final class SamplingReader {

    private SamplingReader() {}

    /**
     * Reads a request.
     *
     * @param defaults what counts where the request says nothing; its bias and seed do not
     * @param seeds gives a seed to a request that states none
     * @throws RefusedException if an option is out of its range
     */
    public static SamplingOptions read(JsonNode body, SamplingOptions defaults, LongSupplier seeds)
            throws RefusedException {
        Map<Integer, Double> bias = new HashMap<>();
        for (Map.Entry<String, JsonNode> each : body.path("logit_bias").properties()) {
            try {
                bias.put(Integer.parseInt(each.getKey()), each.getValue().asDouble());
            } catch (NumberFormatException e) {
                throw new RefusedException("a key of logit_bias is no token id", e);
            }
        }
        try {
            return new SamplingOptions(
                    number(body, "temperature", defaults.temperature()),
                    number(body, "top_p", defaults.topP()),
                    (int) number(body, "top_k", defaults.topK()),
                    number(body, "min_p", defaults.minP()),
                    number(body, "frequency_penalty", defaults.frequencyPenalty()),
                    number(body, "presence_penalty", defaults.presencePenalty()),
                    number(body, "repetition_penalty", defaults.repetitionPenalty()),
                    bias,
                    body.path("seed").isIntegralNumber() ? body.path("seed").longValue() : seeds.getAsLong());
        } catch (IllegalArgumentException e) {
            throw new RefusedException(String.valueOf(e.getMessage()), e);
        }
    }

    private static double number(JsonNode body, String name, double absent) throws RefusedException {
        JsonNode value = body.path(name);
        if (value.isMissingNode() || value.isNull()) {
            return absent;
        }
        if (!value.isNumber()) {
            throw new RefusedException(name + " has to be a number");
        }
        return value.doubleValue();
    }
}
