package io.cocoon.client.receipt;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cocoon.payment.Nanoton;
import io.cocoon.payment.Prices;
import io.cocoon.payment.TokenUsage;
import io.cocoon.protocol.TokensUsed;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.transport.PeerIdentity;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** Receipts as JSON. Reading takes exactly what writing makes: no unknown, missing or repeated members, no other types. */
final class ReceiptCodec {

    /** Largest file that is read: two payments of some hundred bytes and short texts fit many times. */
    static final int MAX_BYTES = 1 << 20;

    private static final int MAX_DEPTH = 16;
    private static final HexFormat HEX = HexFormat.of();
    private static final Pattern ID = Pattern.compile("[0-9a-f]{32}");

    private static final JsonMapper JSON = JsonMapper.builder(com.fasterxml.jackson.core.JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .maxDocumentLength(MAX_BYTES)
                            .build())
                    .build())
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private ReceiptCodec() {}

    static byte[] write(Receipt receipt) {
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        root.put("format", Receipt.FORMAT).put("id", receipt.id());
        Receipt.Measured seen = receipt.measured();
        ObjectNode measured = root.putObject("measuredHere")
                .put("startedAt", seen.startedAt().toString())
                .put("tookNanos", seen.took().toNanos())
                .put("path", seen.path())
                .put("model", seen.model())
                .put("httpStatus", seen.httpStatus())
                .put("complete", seen.complete())
                .put("encryptedForWorkers", seen.encrypted())
                .put("maxPriceFactorThousandths", seen.maxPriceFactor());
        body(measured.putObject("request"), seen.request());
        body(measured.putObject("answer"), seen.answer());
        ObjectNode evidence = measured.putObject("evidence")
                .put("kind", seen.evidence().kind())
                .put("judgedByRouter", seen.evidence().byRouter())
                .put("imageHash", seen.evidence().imageHash().toHex());
        optional(evidence, "report", seen.evidence().report().map(Int256::toHex));
        if (receipt.usage().isPresent()) {
            TokenUsage usage = receipt.usage().get();
            root.putObject("statedByAnswer")
                    .put("promptTokens", usage.prompt())
                    .put("cachedTokens", usage.cached())
                    .put("completionTokens", usage.completion())
                    .put("reasoningTokens", usage.reasoning());
        } else {
            root.putNull("statedByAnswer");
        }
        ObjectNode stated = root.putObject("statedByProxy");
        TokensUsed adjusted = receipt.charge().adjusted();
        stated.putObject("adjustedTokens")
                .put("prompt", adjusted.promptTokensUsed())
                .put("cached", adjusted.cachedTokensUsed())
                .put("completion", adjusted.completionTokensUsed())
                .put("reasoning", adjusted.reasoningTokensUsed())
                .put("total", adjusted.totalTokensUsed());
        stated.put("nanoton", receipt.charge().total().value())
                .put("status", receipt.charge().status())
                .put("contractTotalTokens", receipt.charge().runningTotal());
        optional(stated, "dispute", receipt.charge().dispute());
        Prices prices = receipt.terms().prices();
        root.putObject("fromRootContract")
                .put("root", receipt.terms().root().toString())
                .put("version", receipt.terms().rootVersion())
                .put("nanotonPerToken", prices.perToken().value())
                .put("workerNanotonPerToken", prices.workerFeePerToken().value())
                .put("promptMultiplier", prices.promptMultiplier())
                .put("cachedMultiplier", prices.cachedMultiplier())
                .put("completionMultiplier", prices.completionMultiplier())
                .put("reasoningMultiplier", prices.reasoningMultiplier());
        Receipt.Account account = receipt.account();
        ObjectNode signed = root.putObject("signedByProxy")
                .put("proxy", account.proxy())
                .put("proxyContract", account.proxyContract().toString())
                .put("clientContract", account.clientContract().toString())
                .put("proxyKey", account.proxyKey().toHex());
        payment(signed, "before", receipt.before());
        payment(signed, "after", receipt.after());
        optional(root, "previous", receipt.previous().map(Int256::toHex));
        try {
            return JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(root);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of JSON nodes can be written", e);
        }
    }

    private static void body(ObjectNode node, Receipt.Body body) {
        node.put("bytes", body.bytes()).put("saltedSha256", body.saltedSha256().toHex());
    }

    private static void payment(ObjectNode node, String name, Optional<Receipt.Payment> payment) {
        if (payment.isEmpty()) {
            node.putNull(name);
        } else {
            node.putObject(name)
                    .put("contractTotalTokens", payment.get().tokens())
                    .put("cell", HEX.formatHex(payment.get().cell().toByteArray()));
        }
    }

    private static void optional(ObjectNode node, String name, Optional<String> value) {
        node.put(name, value.orElse(null));
    }

    static Receipt read(byte[] json) throws ReceiptException {
        if (json.length > MAX_BYTES) {
            throw new ReceiptException("the file has " + json.length + " bytes; a receipt has at most " + MAX_BYTES);
        }
        JsonNode tree;
        try {
            tree = JSON.readTree(json);
        } catch (JsonProcessingException e) {
            JsonLocation place = e.getLocation();
            throw new ReceiptException(
                    place == null
                            ? "not JSON, or nested deeper than " + MAX_DEPTH
                            : "not JSON: see line " + place.getLineNr() + ", column " + place.getColumnNr());
        } catch (IOException e) {
            throw new ReceiptException("not readable: " + e.getMessage());
        }
        try {
            return receipt(new Reader("$", tree));
        } catch (IllegalArgumentException | DateTimeException | ArithmeticException e) {
            throw new ReceiptException("a value is out of its range: " + e.getMessage());
        }
    }

    private static Receipt receipt(Reader root) throws ReceiptException {
        String format = root.text("format");
        if (!format.equals(Receipt.FORMAT)) {
            throw new ReceiptException("$.format is '" + format + "'; this library reads " + Receipt.FORMAT
                    + ". A newer library may read it");
        }
        Reader measured = root.object("measuredHere");
        Reader evidence = measured.object("evidence");
        Receipt.Measured seen = new Receipt.Measured(
                Instant.parse(measured.text("startedAt")),
                Duration.ofNanos(measured.count("tookNanos")),
                measured.text("path"),
                measured.text("model"),
                Math.toIntExact(measured.count("httpStatus")),
                measured.flag("complete"),
                measured.flag("encryptedForWorkers"),
                Math.toIntExact(measured.count("maxPriceFactorThousandths")),
                body(measured.object("request")),
                body(measured.object("answer")),
                new Receipt.Evidence(
                        PeerIdentity.Kind.valueOf(evidence.text("kind")).name(),
                        evidence.flag("judgedByRouter"),
                        evidence.hash("imageHash"),
                        evidence.isNull("report") ? Optional.empty() : Optional.of(evidence.hash("report"))));
        evidence.end();
        measured.end();
        Optional<TokenUsage> usage = Optional.empty();
        if (!root.isNull("statedByAnswer")) {
            Reader answer = root.object("statedByAnswer");
            usage = Optional.of(new TokenUsage(
                    answer.count("promptTokens"),
                    answer.count("cachedTokens"),
                    answer.count("completionTokens"),
                    answer.count("reasoningTokens")));
            answer.end();
        }
        Reader stated = root.object("statedByProxy");
        Reader adjusted = stated.object("adjustedTokens");
        Receipt.Charge charge = new Receipt.Charge(
                new TokensUsed(
                        adjusted.count("prompt"),
                        adjusted.count("cached"),
                        adjusted.count("completion"),
                        adjusted.count("reasoning"),
                        adjusted.count("total")),
                new Nanoton(stated.count("nanoton")),
                stated.text("status"),
                stated.count("contractTotalTokens"),
                stated.isNull("dispute") ? Optional.empty() : Optional.of(stated.text("dispute")));
        adjusted.end();
        stated.end();
        Reader terms = root.object("fromRootContract");
        Receipt.Terms network = new Receipt.Terms(
                Address.parse(terms.text("root")),
                terms.count("version"),
                new Prices(
                        new Nanoton(terms.count("nanotonPerToken")),
                        new Nanoton(terms.count("workerNanotonPerToken")),
                        Math.toIntExact(terms.count("promptMultiplier")),
                        Math.toIntExact(terms.count("cachedMultiplier")),
                        Math.toIntExact(terms.count("completionMultiplier")),
                        Math.toIntExact(terms.count("reasoningMultiplier"))));
        terms.end();
        Reader signed = root.object("signedByProxy");
        Receipt.Account account = new Receipt.Account(
                signed.text("proxy"),
                Address.parse(signed.text("proxyContract")),
                Address.parse(signed.text("clientContract")),
                signed.hash("proxyKey"));
        Optional<Receipt.Payment> before = payment(signed, "before");
        Optional<Receipt.Payment> after = payment(signed, "after");
        signed.end();
        Receipt receipt = new Receipt(
                root.text("id", ID),
                seen,
                usage,
                charge,
                network,
                account,
                before,
                after,
                root.isNull("previous") ? Optional.empty() : Optional.of(root.hash("previous")));
        root.end();
        return receipt;
    }

    private static Receipt.Body body(Reader node) throws ReceiptException {
        Receipt.Body body = new Receipt.Body(node.count("bytes"), node.hash("saltedSha256"));
        node.end();
        return body;
    }

    private static Optional<Receipt.Payment> payment(Reader signed, String name) throws ReceiptException {
        if (signed.isNull(name)) {
            return Optional.empty();
        }
        Reader node = signed.object(name);
        Receipt.Payment payment = new Receipt.Payment(node.count("contractTotalTokens"), node.bytes("cell"));
        node.end();
        return Optional.of(payment);
    }

    /** One object: each member is asked for once, and there are no others. */
    private static final class Reader {

        private final String place;
        private final JsonNode node;
        private final Set<String> left = new TreeSet<>();

        Reader(String place, JsonNode node) throws ReceiptException {
            this.place = place;
            this.node = node;
            if (!node.isObject()) {
                throw new ReceiptException(place + " is no object");
            }
            node.fieldNames().forEachRemaining(left::add);
        }

        private JsonNode member(String name) throws ReceiptException {
            JsonNode member = node.get(name);
            if (member == null) {
                throw new ReceiptException(place + "." + name + " is missing");
            }
            left.remove(name);
            return member;
        }

        Reader object(String name) throws ReceiptException {
            return new Reader(place + "." + name, member(name));
        }

        boolean isNull(String name) throws ReceiptException {
            return member(name).isNull();
        }

        String text(String name) throws ReceiptException {
            JsonNode member = member(name);
            if (!member.isTextual()) {
                throw new ReceiptException(place + "." + name + " is no text");
            }
            return member.textValue();
        }

        String text(String name, Pattern wanted) throws ReceiptException {
            String text = text(name);
            if (!wanted.matcher(text).matches()) {
                throw new ReceiptException(place + "." + name + " does not look like " + wanted.pattern());
            }
            return text;
        }

        boolean flag(String name) throws ReceiptException {
            JsonNode member = member(name);
            if (!member.isBoolean()) {
                throw new ReceiptException(place + "." + name + " is neither true nor false");
            }
            return member.booleanValue();
        }

        long count(String name) throws ReceiptException {
            JsonNode member = member(name);
            if (!member.isIntegralNumber() || !member.canConvertToLong() || member.longValue() < 0) {
                throw new ReceiptException(place + "." + name + " is no whole number from 0 to " + Long.MAX_VALUE);
            }
            return member.longValue();
        }

        Int256 hash(String name) throws ReceiptException {
            Bytes bytes = bytes(name);
            if (bytes.length() != Int256.BYTES) {
                throw new ReceiptException(place + "." + name + " has " + bytes.length() + " bytes, wanted 32");
            }
            return Int256.of(bytes.toByteArray());
        }

        Bytes bytes(String name) throws ReceiptException {
            String text = text(name);
            try {
                return Bytes.copyOf(HEX.parseHex(text));
            } catch (IllegalArgumentException e) {
                throw new ReceiptException(place + "." + name + " is not hexadecimal");
            }
        }

        void end() throws ReceiptException {
            if (!left.isEmpty()) {
                throw new ReceiptException(place + " has members that are not known: " + left);
            }
        }
    }
}
