package io.cocoon.worker;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;

/** What a worker tells proxies about its machine: a JSON object, as the reference demands (2026 part of the wire dossier, section 10). */
final class MachineDescription {

    /** A proxy of ours keeps no more. */
    static final int MOST_CHARACTERS = 4096;

    /** With a lower minimum the reference sends none, whatever the proxy speaks. */
    static final int FROM_MIN_PROTOCOL = 4;

    private static final ObjectMapper JSON = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private MachineDescription() {}

    /**
     * Returns the text if it is one.
     *
     * @throws IllegalArgumentException if it is too long or no JSON object
     */
    static String checked(String json) {
        if (json.length() > MOST_CHARACTERS) {
            throw new IllegalArgumentException(
                    "a machine description has " + MOST_CHARACTERS + " characters at most, got " + json.length());
        }
        try {
            if (JSON.readTree(json).isObject()) {
                return json;
            }
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("a machine description is a JSON object; " + e.getOriginalMessage(), e);
        }
        throw new IllegalArgumentException(
                "a machine description is a JSON object such as {\"gpu\":\"H100\"}, got " + json);
    }
}
