package io.cocoon.engine.grammar;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

/** A schema comes from anyone: it is followed or refused, and what it lets through can be brought to an end. */
class SchemaFuzz {

    private static final ObjectMapper JSON = new ObjectMapper();

    @FuzzTest
    void schemas(FuzzedDataProvider data) {
        byte[] wishes = data.consumeBytes(200);
        JsonNode schema;
        Grammar grammar;
        try {
            schema = JSON.readTree(data.consumeRemainingAsString());
            grammar = SchemaReader.read(schema);
        } catch (JsonProcessingException | SchemaException e) {
            // Refusing is fine.
            return;
        }
        Automaton.State state = new Automaton(grammar).start();
        for (byte wish : wishes) {
            Automaton.State next = null;
            for (int i = 0; i < 256 && next == null; i++) {
                next = state.next(wish + i & 0xff);
            }
            if (next == null) {
                if (!state.accepts()) {
                    throw new AssertionError("a dead end");
                }
                return;
            }
            state = next;
        }
    }
}
