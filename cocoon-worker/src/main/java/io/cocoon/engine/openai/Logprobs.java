package io.cocoon.engine.openai;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cocoon.engine.serve.Token;
import io.cocoon.engine.text.Tokenizer;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/** Log-probabilities in the two shapes of the OpenAI API. */
final class Logprobs {

    private Logprobs() {}

    /** The shape of chats. */
    static ObjectNode chat(Tokenizer tokenizer, List<PlacedToken> tokens) {
        ObjectNode all = JsonNodeFactory.instance.objectNode();
        ArrayNode content = all.putArray("content");
        for (PlacedToken placed : tokens) {
            Token token = placed.token();
            ObjectNode entry = content.addObject();
            put(entry, tokenizer, token.id(), token.logprob());
            ArrayNode top = entry.putArray("top_logprobs");
            for (Token.Share share : token.top()) {
                put(top.addObject(), tokenizer, share.id(), share.logprob());
            }
        }
        all.putNull("refusal");
        return all;
    }

    private static void put(ObjectNode entry, Tokenizer tokenizer, int id, double logprob) {
        byte[] bytes = tokenizer.has(id) ? tokenizer.tokenBytes(id) : new byte[0];
        entry.put("token", new String(bytes, StandardCharsets.UTF_8)).put("logprob", logprob);
        ArrayNode numbers = entry.putArray("bytes");
        for (byte b : bytes) {
            numbers.add(b & 0xff);
        }
    }

    /** The shape of text completions. */
    static ObjectNode text(Tokenizer tokenizer, List<PlacedToken> tokens) {
        ObjectNode all = JsonNodeFactory.instance.objectNode();
        ArrayNode names = all.putArray("tokens");
        ArrayNode logprobs = all.putArray("token_logprobs");
        ArrayNode tops = all.putArray("top_logprobs");
        ArrayNode offsets = all.putArray("text_offset");
        for (PlacedToken placed : tokens) {
            Token token = placed.token();
            names.add(name(tokenizer, token.id()));
            logprobs.add(token.logprob());
            ObjectNode top = tops.addObject();
            token.top().forEach(share -> top.put(name(tokenizer, share.id()), share.logprob()));
            offsets.add(placed.start());
        }
        return all;
    }

    /** A token that is no whole text is shown by its bytes, as {@code bytes:\xe2\x80}. */
    private static String name(Tokenizer tokenizer, int id) {
        byte[] bytes = tokenizer.has(id) ? tokenizer.tokenBytes(id) : new byte[0];
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            StringBuilder name = new StringBuilder("bytes:");
            for (byte b : bytes) {
                name.append(String.format(Locale.ROOT, "\\x%02x", b & 0xff));
            }
            return name.toString();
        }
    }
}
