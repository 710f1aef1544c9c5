package io.cocoon.inference;

import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import org.jspecify.annotations.Nullable;

/**
 * What a client takes from an application's request.
 *
 * @param model as the application wrote it
 * @param maxTokens tokens to announce to the proxy
 * @param maxCoefficient the highest price factor, 1000 stands for 1.0
 * @param timeoutSeconds how long the application waits
 * @param enableDebug whether the answer shall carry debug data
 * @param requestGuid the application's name for the request
 * @param receiverPublicKey the network key that the body is encrypted for; zero if it is not
 * @param body to forward
 * @param path without query string
 * @param contentType of the body
 */
public record ClientRequest(
        String model,
        int maxTokens,
        int maxCoefficient,
        double timeoutSeconds,
        boolean enableDebug,
        @Nullable String requestGuid,
        Int256 receiverPublicKey,
        Bytes body,
        String path,
        String contentType) {}
