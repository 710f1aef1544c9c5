package io.cocoon.client;

import io.cocoon.protocol.HttpHeader;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import java.util.List;
import java.util.Optional;

/**
 * A request that is ready to be sent, perhaps several times.
 *
 * @param path without a query string
 * @param headers without a length
 * @param model base name
 * @param maxTokens most tokens of the answer; also in the body (hazard H16)
 * @param maxCoefficient highest price factor times 1000
 * @param given what the application wrote, before anything was added to it or taken out; receipts have its hash
 * @param body clear, or encrypted by the application
 * @param encryptedFor the network key for which the application itself encrypted the body
 * @param streams whether the answer comes in pieces worth a deadline each
 * @param deadlines of this request
 */
record Prepared(
        String path,
        List<HttpHeader> headers,
        String model,
        int maxTokens,
        int maxCoefficient,
        boolean debug,
        Bytes given,
        Bytes body,
        Optional<Int256> encryptedFor,
        boolean streams,
        Deadlines deadlines) {

    /** Says nothing of the content. */
    @Override
    public String toString() {
        return "Prepared[" + path + ", " + model + ", " + body.length() + " bytes]";
    }
}
