package io.cocoon.inference;

import io.cocoon.tl.Bytes;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A request that a worker may send to its model server.
 *
 * @param path one of the three paths of the API
 * @param body JSON or a form, validated, decrypted and rewritten
 * @param contentType the body's type
 * @param model the model's base name
 * @param stream whether the answer comes in pieces
 * @param encryption how to encrypt the answer; null if the request came in clear
 * @param maxTokens the limit for tokens of one choice that the body now carries, if it carries one
 */
public record WorkerRequest(
        String path,
        Bytes body,
        String contentType,
        String model,
        boolean stream,
        @Nullable AnswerEncryption encryption,
        OptionalLong maxTokens) {}
