package io.cocoon.client.receipt;

import io.cocoon.payment.Nanoton;
import io.cocoon.payment.Prices;
import io.cocoon.payment.TokenUsage;
import io.cocoon.protocol.TokensUsed;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * What one request was, cost and proves. Its parts are grouped by who vouches for them; {@link ReceiptReport} says what of it can be
 * checked. Immutable.
 *
 * @param id of the request, 32 hexadecimal digits; no peer sees it
 * @param measured what this client saw itself: worth the word of whoever keeps the receipt
 * @param usage tokens of text as the answer counted them: the worker's word
 * @param charge what the proxy stated
 * @param terms what the root contract said when the request was made
 * @param account whose contract pays whom, and the key that the proxy signs with
 * @param before the newest payment that the proxy had signed when the request was sent, checked then; empty if there was none
 * @param after the newest one when its bill was final
 * @param previous SHA-256 of the receipt file before this one, so that none is taken out unseen; empty in the first
 */
public record Receipt(
        String id,
        Measured measured,
        Optional<TokenUsage> usage,
        Charge charge,
        Terms terms,
        Account account,
        Optional<Payment> before,
        Optional<Payment> after,
        Optional<Int256> previous) {

    /** Name and version of the format, the first member of each file. */
    public static final String FORMAT = "cocoon-receipt/1";

    /**
     * A body, without its content: the hash is of a secret salt and the bytes, because short texts can be found by trying.
     *
     * @param bytes how many: of a request as the application wrote it, of an answer as it was read, after decryption
     * @param saltedSha256 SHA-256 of the 32 bytes of the salt and then the bytes
     */
    public record Body(long bytes, Int256 saltedSha256) {}

    /**
     * What this client saw.
     *
     * @param path such as {@code /v1/chat/completions}
     * @param model base name as it was asked for
     * @param httpStatus of the answer; 0 if no head of one came
     * @param complete whether all of the answer was read
     * @param encrypted whether the strings were encrypted for the network's workers
     * @param maxPriceFactor highest one that was allowed, times 1000
     * @param request the request's body
     * @param answer as much of the answer's body as was read
     * @param evidence what the proxy had proven
     */
    public record Measured(
            Instant startedAt,
            Duration took,
            String path,
            String model,
            int httpStatus,
            boolean complete,
            boolean encrypted,
            int maxPriceFactor,
            Body request,
            Body answer,
            Evidence evidence) {}

    /**
     * What the proxy had proven when the connection was made.
     *
     * @param kind of hardware, or that nothing was proven: a name of {@link io.cocoon.transport.PeerIdentity.Kind}
     * @param byRouter whether a router on this host judged, and not this process
     * @param imageHash of the software; zero if none was proven
     * @param report SHA-256 of the file with every check, in {@code evidence} beside the receipts; empty if a router judged
     */
    public record Evidence(String kind, boolean byRouter, Int256 imageHash, Optional<Int256> report) {}

    /**
     * What the proxy stated.
     *
     * @param adjusted tokens by kind, multiplied by price factors
     * @param total what was charged
     * @param status a name of {@link io.cocoon.client.Bill.Status}
     * @param runningTotal adjusted tokens of the contract so far, this request included
     * @param dispute what the client found wrong, if anything
     */
    public record Charge(
            TokensUsed adjusted, Nanoton total, String status, long runningTotal, Optional<String> dispute) {}

    /** The network's terms: its root contract, the version that was read, and the prices. */
    public record Terms(Address root, long rootVersion, Prices prices) {}

    /** The account that paid. */
    public record Account(String proxy, Address proxyContract, Address clientContract, Int256 proxyKey) {}

    /**
     * A payment signed by the proxy: adjusted tokens of the contract altogether.
     *
     * @param cell the whole message, as a bag of cells
     */
    public record Payment(long tokens, Bytes cell) {}

    Receipt following(Optional<Int256> file) {
        return new Receipt(id, measured, usage, charge, terms, account, before, after, file);
    }
}
