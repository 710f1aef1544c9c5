package io.cocoon.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.cocoon.crypto.Ed25519Key;
import io.cocoon.internal.json.Json;
import io.cocoon.internal.json.JsonParser;
import io.cocoon.internal.json.JsonPrinter;
import io.cocoon.payment.Nanoton;
import io.cocoon.payment.Prices;
import io.cocoon.payment.TokenPricing;
import io.cocoon.protocol.HttpHeader;
import io.cocoon.protocol.HttpRequest;
import io.cocoon.protocol.TokensUsed;
import io.cocoon.testdata.TestData;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Everything the reference was seen to do with requests and answers, vector by vector. */
class VectorsTest {

    private static final JsonNode OLD = TestData.json("vectors/wire-vectors.json");
    private static final JsonNode NEW = TestData.json("vectors/wire-vectors-2026.json");
    private static final WorkerRequests.Options LENIENT = new WorkerRequests.Options(true, new SecureRandom());

    private static void report(String list, int count) {
        System.out.println("vectors " + list + ": " + count);
        assertThat(count).isPositive();
    }

    @Test
    void should_adjust_tokens_as_the_reference_does() {
        int count = 0;
        for (JsonNode v : OLD.get("adjust_tokens")) {
            assertThat(TokenPricing.adjust(
                            v.get("tokens").asLong(),
                            v.get("coefficient").asLong(),
                            v.get("multiplier").asLong()))
                    .isEqualTo(v.get("result").asLong());
            count++;
        }
        report("adjust_tokens", count);
    }

    @Test
    void should_count_tokens_as_in_december() throws Exception {
        report("token_counting 2025", countTokens(OLD, MeterRules.DECEMBER_2025));
    }

    @Test
    void should_count_tokens_as_in_april() throws Exception {
        report("token_counting 2026", countTokens(NEW, MeterRules.APRIL_2026));
    }

    private static int countTokens(JsonNode vectors, MeterRules rules) throws Exception {
        int count = 0;
        for (JsonNode v : vectors.get("token_counting")) {
            Prices prices = new Prices(
                    new Nanoton(v.get("price_per_token").asLong()),
                    Nanoton.ZERO,
                    v.get("prompt_multiplier").asInt(),
                    v.get("cached_multiplier").asInt(),
                    v.get("completion_multiplier").asInt(),
                    v.get("reasoning_multiplier").asInt());
            AnswerMeter meter = new AnswerMeter(v.get("coefficient").asLong(), prices, ContentKind.JSON, rules, null);
            List<String> out = new ArrayList<>();
            for (JsonNode part : v.get("input_parts")) {
                out.add(meter.feed(Bytes.utf8(part.asText())).toUtf8());
            }
            String end = meter.end().toUtf8();
            count++;
            if (v.has("reference")) {
                continue;
            }
            List<String> wanted = new ArrayList<>();
            v.get("output_parts").forEach(part -> wanted.add(part.asText()));
            assertThat(out).as(v.get("comment").asText()).isEqualTo(wanted);
            assertThat(end)
                    .as(v.get("comment").asText())
                    .isEqualTo(v.get("flushed_at_end").asText());
            JsonNode used = v.get("tokens_used");
            assertThat(meter.used())
                    .isEqualTo(new TokensUsed(
                            used.get("prompt").asLong(),
                            used.get("cached").asLong(),
                            used.get("completion").asLong(),
                            used.get("reasoning").asLong(),
                            used.get("total").asLong()));
        }
        return count;
    }

    @Test
    void should_validate_requests_as_in_december() throws Exception {
        report("request_validation 2025", validate(OLD, RequestRules.DECEMBER_2025));
    }

    @Test
    void should_validate_requests_as_in_april() throws Exception {
        report("request_validation 2026", validate(NEW, RequestRules.APRIL_2026));
    }

    private static int validate(JsonNode vectors, RequestRules rules) throws Exception {
        int count = 0;
        int texts = 0;
        for (JsonNode v : vectors.get("request_validation")) {
            HttpRequest request = new HttpRequest(
                    "POST",
                    v.get("url").asText(),
                    "HTTP/1.1",
                    List.of(),
                    Bytes.utf8(v.get("body").asText()));
            String model = v.has("model") ? v.get("model").asText() : "m";
            if (v.get("ok").asBoolean()) {
                WorkerRequest good = WorkerRequests.prepare(request, model, rules, null, OptionalInt.empty());
                assertThat(good.body().toUtf8())
                        .as(v.toString())
                        .isEqualTo(v.get("rewritten_body").asText());
            } else {
                RequestException bad =
                        refused(v, () -> WorkerRequests.prepare(request, model, rules, null, OptionalInt.empty()));
                assertThat(bad.code())
                        .as(v.toString())
                        .isEqualTo(v.path("error_code").asInt(621));
                if (v.has("error")) {
                    texts++;
                    assertThat(bad.getMessage()).isEqualTo(v.get("error").asText());
                }
            }
            count++;
        }
        System.out.println("error texts equal: " + texts);
        return count;
    }

    private interface Call {
        void run() throws Exception;
    }

    private static RequestException refused(JsonNode vector, Call call) {
        try {
            call.run();
        } catch (RequestException e) {
            return e;
        } catch (Exception e) {
            throw new AssertionError("wrong exception for " + vector, e);
        }
        throw new AssertionError("not refused: " + vector);
    }

    @Test
    void should_prepare_client_requests_as_in_april() throws Exception {
        int count = 0;
        for (JsonNode v : NEW.get("client_request_validation")) {
            Bytes body = Bytes.utf8(v.get("body").asText());
            checkClient(
                    v,
                    v,
                    v.get("url").asText(),
                    List.of(),
                    body,
                    v.path("forwarded_body").asText());
            count++;
        }
        report("client_request_validation", count);
    }

    private static void checkClient(
            JsonNode whole, JsonNode v, String url, List<HttpHeader> headers, Bytes body, String forwarded)
            throws Exception {
        if (!v.get("ok").asBoolean()) {
            RequestException bad =
                    refused(whole, () -> ClientRequests.prepare(url, headers, body, RequestRules.APRIL_2026));
            assertThat(bad.code())
                    .as(whole.toString())
                    .isEqualTo(v.path("error_code").asInt(621));
            if (v.has("error")) {
                assertThat(bad.getMessage()).isEqualTo(v.get("error").asText());
            }
            return;
        }
        ClientRequest good = ClientRequests.prepare(url, headers, body, RequestRules.APRIL_2026);
        assertThat(latin(good.body()))
                .as(whole.toString())
                .isEqualTo(v.has("body_hex") ? latin(hex(v, "body_hex")) : latin(Bytes.utf8(forwarded)));
        assertThat(good.model()).isEqualTo(v.get("model").asText());
        assertThat(good.maxTokens()).isEqualTo(v.get("max_tokens").asInt());
        assertThat(good.maxCoefficient()).isEqualTo(v.get("max_coefficient").asInt());
        assertThat(good.timeoutSeconds()).isEqualTo(v.get("timeout").asDouble());
        assertThat(good.enableDebug()).isEqualTo(v.get("enable_debug").asBoolean());
        assertThat(good.receiverPublicKey().toHex())
                .isEqualTo(v.path("receiver_public_key").asText("0".repeat(64)));
    }

    private static String latin(Bytes bytes) {
        return new String(bytes.toByteArray(), StandardCharsets.ISO_8859_1);
    }

    private static Bytes hex(JsonNode v, String name) {
        return Bytes.fromHex(v.get(name).asText());
    }

    @Test
    void should_treat_forms_as_in_april_on_both_sides() throws Exception {
        int count = 0;
        for (JsonNode v : NEW.get("multipart")) {
            List<HttpHeader> headers =
                    List.of(new HttpHeader("Content-Type", v.get("content_type").asText()));
            Bytes body = hex(v, "body_hex");
            JsonNode worker = v.get("worker");
            HttpRequest request = new HttpRequest("POST", Paths.TRANSCRIPTIONS, "HTTP/1.1", headers, body);
            String model = worker.path("model").asText("m");
            Call call =
                    () -> WorkerRequests.prepare(request, model, RequestRules.APRIL_2026, null, OptionalInt.empty());
            if (worker.get("ok").asBoolean()) {
                WorkerRequest good =
                        WorkerRequests.prepare(request, model, RequestRules.APRIL_2026, null, OptionalInt.empty());
                assertThat(latin(good.body())).as(v.get("comment").asText()).isEqualTo(latin(hex(worker, "body_hex")));
            } else {
                RequestException bad = refused(v, call);
                assertThat(bad.code())
                        .as(v.toString())
                        .isEqualTo(worker.path("error_code").asInt(621));
                if (worker.has("error")) {
                    assertThat(bad.getMessage()).isEqualTo(worker.get("error").asText());
                }
            }
            checkClient(v, v.get("client"), Paths.TRANSCRIPTIONS, headers, body, "");
            count++;
        }
        report("multipart", count);
    }

    @Test
    void should_decode_query_strings() {
        int count = 0;
        for (JsonNode v : NEW.get("query_strings")) {
            List<QueryString.Pair> wanted = new ArrayList<>();
            v.get("pairs")
                    .forEach(pair -> wanted.add(new QueryString.Pair(
                            pair.get(0).asText(), pair.get(1).asText())));
            assertThat(QueryString.parse(v.get("text").asText()).pairs()).isEqualTo(wanted);
            count++;
        }
        report("query_strings", count);
    }

    @Test
    void should_parse_public_keys() throws Exception {
        int count = 0;
        for (JsonNode v : NEW.get("public_key_text")) {
            String text = v.get("text").asText();
            if (v.has("key_hex")) {
                assertThat(PublicKeyText.parse(text).toHex())
                        .isEqualTo(v.get("key_hex").asText());
            } else {
                String message = refused(v, () -> PublicKeyText.parse(text)).getMessage();
                if (v.has("reference_error")) {
                    assertThat(v.get("reference_error").asText()).endsWith(message + "]");
                }
            }
            count++;
        }
        report("public_key_text", count);
    }

    @Test
    void should_agree_on_keys() throws Exception {
        JsonNode vectors = NEW.get("payload_encryption");
        int count = 0;
        for (JsonNode v : vectors.get("key_agreement")) {
            assertThat(secret(v, "a_seed", "b_public"))
                    .isEqualTo(v.get("shared_secret").asText());
            assertThat(secret(v, "b_seed", "a_public"))
                    .isEqualTo(v.get("shared_secret").asText());
            count++;
        }
        for (JsonNode v : vectors.get("key_agreement_notes")) {
            assertThat(secret(v, "own_seed", "peer_public"))
                    .isEqualTo(v.get("shared_secret").asText());
            count++;
        }
        for (JsonNode v : vectors.get("key_agreement_refused")) {
            RequestException bad = refused(v, () -> secret(v, "own_seed", "peer_public"));
            assertThat(v.get("reference_error").asText()).endsWith(bad.getMessage() + "]");
            count++;
        }
        report("key_agreement*", count);
    }

    private static String secret(JsonNode v, String seed, String peer) throws RequestException {
        return Bytes.copyOf(PayloadCrypto.sharedSecret(int256(v, seed), int256(v, peer)))
                .toHex();
    }

    private static Int256 int256(JsonNode v, String name) {
        return Int256.fromHex(v.get(name).asText());
    }

    @Test
    void should_derive_message_keys() {
        int count = 0;
        for (JsonNode v : NEW.get("payload_encryption").get("message_key")) {
            byte[] key = PayloadCrypto.messageKey(
                    hex(v, "shared_secret").toByteArray(),
                    v.get("encryption_nonce").asText().getBytes(StandardCharsets.UTF_8),
                    v.get("direction").asText().equals("client to worker")
                            ? PayloadCrypto.Direction.CLIENT_TO_WORKER
                            : PayloadCrypto.Direction.WORKER_TO_CLIENT);
            assertThat(Bytes.copyOf(key).toHex()).isEqualTo(v.get("message_key").asText());
            count++;
        }
        report("message_key", count);
    }

    @Test
    void should_encrypt_and_decrypt_strings() throws Exception {
        JsonNode vectors = NEW.get("payload_encryption");
        int count = 0;
        for (JsonNode v : vectors.get("string_encryption")) {
            PayloadCrypto crypto = new PayloadCrypto(hex(v, "message_key").toByteArray());
            byte[] plain = hex(v, "plaintext_hex").toByteArray();
            SecureRandom fixed = fixed(hex(v, "prefix_hex").sliceFrom(1).toByteArray());
            assertThat(Bytes.copyOf(crypto.encrypt(plain, fixed)).toHex())
                    .isEqualTo(v.get("ciphertext_hex").asText());
            assertThat(crypto.decrypt(hex(v, "ciphertext_hex").toByteArray())).isEqualTo(plain);
            count++;
        }
        for (JsonNode v : vectors.get("string_encryption_accepted")) {
            PayloadCrypto crypto = new PayloadCrypto(hex(v, "message_key").toByteArray());
            assertThat(crypto.decrypt(hex(v, "ciphertext_hex").toByteArray()))
                    .isEqualTo(hex(v, "plaintext_hex").toByteArray());
            count++;
        }
        for (JsonNode v : vectors.get("string_encryption_refused")) {
            PayloadCrypto crypto = new PayloadCrypto(hex(v, "message_key").toByteArray());
            RequestException bad =
                    refused(v, () -> crypto.decrypt(hex(v, "ciphertext_hex").toByteArray()));
            assertThat(v.get("reference_error").asText()).endsWith(bad.getMessage() + "]");
            count++;
        }
        report("string_encryption*", count);
    }

    private static SecureRandom fixed(byte[] bytes) {
        return new SecureRandom() {
            @Override
            public void nextBytes(byte[] target) {
                System.arraycopy(bytes, 0, target, 0, target.length);
            }
        };
    }

    /** The rule by which the vectors' documents got their random bytes. */
    private static SecureRandom byRule(String name) {
        return new SecureRandom() {
            private int string;

            @Override
            public void nextBytes(byte[] target) {
                string++;
                try {
                    byte[] noise = MessageDigest.getInstance("SHA-256")
                            .digest((name + "/" + string + "/0").getBytes(StandardCharsets.UTF_8));
                    System.arraycopy(noise, 0, target, 0, target.length);
                } catch (java.security.NoSuchAlgorithmException e) {
                    throw new AssertionError(e);
                }
            }
        };
    }

    @Test
    void should_encrypt_and_decrypt_documents() throws Exception {
        int count = 0;
        List<String> names = List.of("doc1", "doc2", "ans0", "ans1");
        for (JsonNode v : NEW.get("payload_encryption").get("json_documents")) {
            boolean request = v.get("direction").asText().equals("client to worker");
            Ed25519Key sender = Ed25519Key.fromSeed(int256(v, "sender_seed"));
            Ed25519Key receiver = Ed25519Key.fromSeed(int256(v, "receiver_seed"));
            Json.Obj document = object(v.get("plain"));
            String plain = JsonPrinter.print(document).toUtf8();
            JsonNode encrypted = v.get("encrypted");
            PayloadEncryption.encrypt(
                    document,
                    PayloadCrypto.sharedSecret(sender, receiver.publicKey()),
                    encrypted.get("encryption_nonce").asText(),
                    request ? PayloadCrypto.Direction.CLIENT_TO_WORKER : PayloadCrypto.Direction.WORKER_TO_CLIENT,
                    sender.publicKey(),
                    receiver.publicKey(),
                    byRule(names.get(count)));
            assertThat(JsonPrinter.print(document)).isEqualTo(JsonPrinter.print(object(encrypted)));
            assertThat(open(encrypted, request, receiver, sender.publicKey())).isEqualTo(plain);
            count++;
        }
        report("json_documents", count);
    }

    private static Json.Obj object(JsonNode node) throws Exception {
        return (Json.Obj) JsonParser.parse(Bytes.utf8(node.toString()));
    }

    private static String open(JsonNode node, boolean request, @Nullable Ed25519Key receiver, Int256 sender)
            throws Exception {
        if (!request) {
            return PayloadEncryption.decryptAnswerDocument(
                            Bytes.utf8(node.toString()), java.util.Objects.requireNonNull(receiver), sender)
                    .toUtf8();
        }
        Json.Obj document = object(node);
        PayloadEncryption.decryptRequest(document, receiver, true);
        PayloadEncryption.META.forEach(document::remove);
        return JsonPrinter.print(document).toUtf8();
    }

    @Test
    void should_accept_what_the_reference_accepts() throws Exception {
        int count = 0;
        for (JsonNode v : NEW.get("payload_encryption").get("json_accepted")) {
            Ed25519Key receiver = Ed25519Key.fromSeed(int256(v, "receiver_seed"));
            assertThat(open(v.get("document"), true, receiver, Int256.ZERO))
                    .isEqualTo(JsonPrinter.print(object(v.get("plain"))).toUtf8());
            count++;
        }
        report("json_accepted", count);
    }

    @Test
    void should_refuse_what_the_reference_refuses_or_dies_of() throws Exception {
        int count = 0;
        for (JsonNode v : NEW.get("payload_encryption").get("json_refused")) {
            boolean answer = v.get("direction").asText().equals("worker to client");
            Ed25519Key receiver =
                    v.get("receiver_seed").isNull() ? null : Ed25519Key.fromSeed(int256(v, "receiver_seed"));
            Int256 sender = v.hasNonNull("expected_sender")
                    ? int256(v, "expected_sender")
                    : Ed25519Key.fromSeed(
                                    Int256.fromHex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"))
                            .publicKey();
            RequestException bad = refused(v, () -> open(v.get("document"), !answer, receiver, sender));
            if (v.hasNonNull("error_code")) {
                assertThat(bad.code())
                        .as(v.get("name").asText())
                        .isEqualTo(v.get("error_code").asInt());
            }
            count++;
        }
        report("json_refused", count);
    }

    @Test
    void should_decrypt_a_form() throws Exception {
        int count = 0;
        for (JsonNode v : NEW.get("payload_encryption").get("form")) {
            HttpRequest request = new HttpRequest(
                    "POST",
                    Paths.TRANSCRIPTIONS,
                    "HTTP/1.1",
                    List.of(new HttpHeader("content-type", v.get("content_type").asText())),
                    hex(v, "body_hex"));
            WorkerRequest prepared = WorkerRequests.prepare(
                    request,
                    "m",
                    RequestRules.APRIL_2026,
                    Ed25519Key.fromSeed(int256(v, "receiver_seed")),
                    OptionalInt.empty(),
                    LENIENT);
            assertThat(latin(prepared.body())).isEqualTo(latin(hex(v, "forwarded_body_hex")));
            assertThat(java.util.Objects.requireNonNull(prepared.encryption())
                            .receiver()
                            .toHex())
                    .isEqualTo(v.get("sender_public_key").asText());
            count++;
        }
        report("form", count);
    }

    @Test
    void n3_should_refuse_a_string_tagged_as_clear_by_default() throws Exception {
        JsonNode v = NEW.get("payload_encryption").get("json_accepted").get(0);
        HttpRequest request = new HttpRequest(
                "POST",
                Paths.CHAT,
                "HTTP/1.1",
                List.of(),
                Bytes.utf8(v.get("document").toString()));
        Ed25519Key key = Ed25519Key.fromSeed(int256(v, "receiver_seed"));
        assertThatThrownBy(() -> WorkerRequests.prepare(request, "m", RequestRules.OPEN_AI, key, OptionalInt.empty()))
                .isInstanceOf(RequestException.class);
        assertThat(WorkerRequests.prepare(request, "m", RequestRules.OPEN_AI, key, OptionalInt.empty(), LENIENT)
                        .body()
                        .toUtf8())
                .isEqualTo("{\"messages\":[{\"content\":\"x\",\"role\":\"user\"}],\"model\":\"m\"}");
    }
}
