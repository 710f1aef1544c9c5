package io.cocoon.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.protocol.HttpHeader;
import io.cocoon.protocol.HttpRequest;
import io.cocoon.tl.Bytes;
import java.security.SecureRandom;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequestsTest {

    private static HttpRequest chat(String body) {
        return new HttpRequest("POST", Paths.CHAT, "HTTP/1.1", List.of(), Bytes.utf8(body));
    }

    private static WorkerRequest ours(String body, @Nullable Ed25519Key key, OptionalInt limit)
            throws RequestException {
        return WorkerRequests.prepare(chat(body), "m", RequestRules.OPEN_AI, key, limit);
    }

    private static ClientRequest client(String body) throws RequestException {
        return ClientRequests.prepare(Paths.CHAT, List.of(), Bytes.utf8(body), RequestRules.OPEN_AI);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"tools\":[{\"function\":{\"name\":\"f\"},\"type\":\"function\"}]",
                "\"tool_choice\":\"auto\"",
                "\"response_format\":{\"type\":\"json_object\"}",
                "\"logit_bias\":{\"50256\":-100}",
                "\"stop\":\"end\"",
                "\"user\":null",
                "\"zz_of_a_later_year\":{\"x\":[1.5]}"
            })
    void should_pass_what_the_openai_api_defines_and_what_is_unknown(String member) throws Exception {
        assertThat(ours("{\"model\":\"m\",\"messages\":[]," + member + "}", null, OptionalInt.empty())
                        .body()
                        .toUtf8())
                .contains(member);
    }

    @Test
    void should_pass_images_and_null_content() throws Exception {
        String body = "{\"messages\":[{\"content\":null,\"role\":\"assistant\"},{\"content\":[{\"image_url\":"
                + "{\"url\":\"data:x\"},\"type\":\"image_url\"}],\"role\":\"user\"}],\"model\":\"m\"}";
        assertThat(ours(body, null, OptionalInt.empty()).body().toUtf8()).isEqualTo(body);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"model\":1,\"messages\":[]}",
                "{\"model\":\"m\",\"messages\":{}}",
                "{\"model\":\"m\",\"messages\":[\"x\"]}",
                "{\"model\":\"m\",\"messages\":[],\"stream\":\"yes\"}",
                "{\"model\":\"m\",\"messages\":[],\"max_tokens\":-1}",
                "{\"model\":\"m\",\"messages\":[],\"n\":0}",
                "{\"model\":\"m\",\"messages\":[],\"n\":1000000}",
                "{\"model\":\"other\",\"messages\":[]}"
            })
    void should_refuse_wrong_types_ranges_and_models(String body) {
        assertThatThrownBy(() -> ours(body, null, OptionalInt.empty()))
                .isInstanceOfSatisfying(
                        RequestException.class, e -> assertThat(e.code()).isEqualTo(621));
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "\"x\"", "[]", "5"})
    void n11_should_never_die_of_stream_options(String options) {
        String body = "{\"model\":\"m\",\"messages\":[],\"stream\":true,\"stream_options\":" + options + "}";
        for (RequestRules rules : RequestRules.values()) {
            try {
                WorkerRequest good = WorkerRequests.prepare(chat(body), "m", rules, null, OptionalInt.empty());
                assertThat(good.body().toUtf8()).contains("\"include_usage\":true");
            } catch (RequestException e) {
                assertThat(e.code()).isEqualTo(621);
            }
        }
    }

    @Test
    void n10_should_refuse_deep_nesting_before_recursion() {
        String body = "{\"model\":\"m\",\"messages\":" + "[".repeat(100_000) + "}";
        assertThatThrownBy(() -> ours(body, null, OptionalInt.empty())).isInstanceOf(RequestException.class);
    }

    @Test
    void h16_should_put_the_announced_limit_into_the_body() throws Exception {
        assertThat(ours("{\"model\":\"m\",\"messages\":[]}", null, OptionalInt.of(50))
                        .body()
                        .toUtf8())
                .contains("\"max_tokens\":50");
        assertThat(ours("{\"model\":\"m\",\"messages\":[],\"max_completion_tokens\":900}", null, OptionalInt.of(50))
                        .body()
                        .toUtf8())
                .contains("\"max_completion_tokens\":50")
                .doesNotContain("max_tokens\":900");
        assertThat(ours("{\"model\":\"m\",\"messages\":[],\"max_tokens\":7}", null, OptionalInt.of(50))
                        .maxTokens())
                .hasValue(7);
    }

    @Test
    void h16_should_share_the_limit_among_choices_on_both_sides() throws Exception {
        ClientRequest request = client("{\"model\":\"m\",\"messages\":[],\"max_tokens\":10,\"n\":4}");
        assertThat(request.maxTokens()).isEqualTo(40);
        assertThat(ours(request.body().toUtf8(), null, OptionalInt.of(request.maxTokens()))
                        .maxTokens())
                .hasValue(10);
    }

    @Test
    void n21_should_take_the_lower_of_two_limits_on_both_sides() throws Exception {
        String body = "{\"model\":\"m\",\"messages\":[],\"max_tokens\":10,\"max_completion_tokens\":9}";
        assertThat(client(body).maxTokens()).isEqualTo(9);
        assertThat(ours(body, null, OptionalInt.of(100)).body().toUtf8())
                .contains("\"max_completion_tokens\":9,\"max_tokens\":9");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"timeout\":-3",
                "\"timeout\":1e300",
                "\"max_tokens\":4000000000",
                "\"max_coefficient\":3000000000"
            })
    void h10_should_refuse_numbers_that_the_reference_would_cut(String member) {
        assertThatThrownBy(() -> client("{\"model\":\"m\",\"messages\":[]," + member + "}"))
                .isInstanceOf(RequestException.class);
    }

    @Test
    void n8_should_remove_the_four_members_after_decryption() throws Exception {
        SecureRandom random = new SecureRandom();
        Ed25519Key network = Ed25519Key.generate(random);
        Bytes encrypted = PayloadEncryption.encryptRequest(
                Bytes.utf8("{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"say hi\"}]}"),
                network.publicKey(),
                Ed25519Key.generate(random),
                random);
        assertThat(encrypted.toUtf8()).doesNotContain("say hi");
        assertThat(ours(encrypted.toUtf8(), network, OptionalInt.empty()).body().toUtf8())
                .isEqualTo("{\"messages\":[{\"content\":\"say hi\",\"role\":\"user\"}],\"model\":\"m\"}");
    }

    @Test
    void n9_should_quote_nothing_of_an_encrypted_request() throws Exception {
        SecureRandom random = new SecureRandom();
        Ed25519Key network = Ed25519Key.generate(random);
        Bytes encrypted = PayloadEncryption.encryptRequest(
                Bytes.utf8("{\"model\":\"m\",\"messages\":[{\"role\":\"secret\",\"content\":\"hi\"}]}"),
                network.publicKey(),
                Ed25519Key.generate(random),
                random);
        assertThatThrownBy(() -> WorkerRequests.prepare(
                        chat(encrypted.toUtf8()), "m", RequestRules.APRIL_2026, network, OptionalInt.empty()))
                .isInstanceOf(RequestException.class)
                .hasMessageNotContaining("secret");
    }

    @Test
    void n6_should_refuse_to_encrypt_a_member_that_would_stay_clear() {
        SecureRandom random = new SecureRandom();
        assertThatThrownBy(() -> PayloadEncryption.encryptRequest(
                        Bytes.utf8("{\"metadata\":{\"timeout\":\"private\"},\"model\":\"m\"}"),
                        Ed25519Key.generate(random).publicKey(),
                        Ed25519Key.generate(random),
                        random))
                .isInstanceOf(RequestException.class)
                .hasMessageContaining("timeout");
    }

    @Test
    void n2_should_answer_only_to_the_sender_in_the_document() throws Exception {
        SecureRandom random = new SecureRandom();
        Ed25519Key network = Ed25519Key.generate(random);
        Ed25519Key sender = Ed25519Key.generate(random);
        Bytes encrypted = PayloadEncryption.encryptRequest(
                Bytes.utf8("{\"model\":\"m\",\"messages\":[]}"), network.publicKey(), sender, random);
        AnswerEncryption encryption = java.util.Objects.requireNonNull(
                ours(encrypted.toUtf8(), network, OptionalInt.empty()).encryption());
        assertThat(encryption.receiver()).isEqualTo(sender.publicKey());
    }

    @Test
    void n13_should_say_what_is_wrong_with_a_body_that_is_too_large() {
        Bytes large = Bytes.wrapUnshared(new byte[WorkerRequests.MAX_BODY_BYTES + 1]);
        assertThatThrownBy(() -> ClientRequests.prepare(Paths.CHAT, List.of(), large, RequestRules.OPEN_AI))
                .isInstanceOf(RequestException.class)
                .hasMessageContaining("more than");
    }

    @Test
    void n24_should_never_ask_for_compression_and_keep_duplicate_headers_apart() {
        List<HttpHeader> headers = List.of(
                new HttpHeader("Accept-Encoding", "gzip"),
                new HttpHeader("ACCEPT-ENCODING", "br"),
                new HttpHeader("Accept", "text/event-stream"),
                new HttpHeader("Accept", "application/json"));
        assertThat(HttpHeaders.toUpstream(headers))
                .containsExactly(
                        new HttpHeader("Accept", "text/event-stream"), new HttpHeader("Accept", "application/json"));
    }

    @Test
    void h15_should_never_pass_credentials_on() {
        List<HttpHeader> headers = List.of(
                new HttpHeader("AUTHORIZATION", "Bearer x"),
                new HttpHeader("cookie", "x"),
                new HttpHeader("Accept-Encoding", "gzip"),
                new HttpHeader("Content-Type", "application/json"),
                new HttpHeader("X-Request-Id", "a\r\nEvil: 1"));
        assertThat(HttpHeaders.toUpstream(headers)).containsExactly(new HttpHeader("Content-Type", "application/json"));
        assertThat(HttpHeaders.fromUpstream(List.of(
                        new HttpHeader("CONTENT-LENGTH", "5"),
                        new HttpHeader("Set-Cookie", "x"),
                        new HttpHeader("X-Model", "m"))))
                .containsExactly(new HttpHeader("X-Model", "m"));
    }

    @Test
    void should_keep_both_values_of_a_list_in_a_form() throws Exception {
        String form = "--b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nm\r\n"
                + "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a;name=x\"\r\n\r\nRIFF\r\n"
                + "--b\r\nContent-Disposition: form-data; name=\"include[]\"\r\n\r\none\r\n"
                + "--b\r\nContent-Disposition: form-data; name=\"include[]\"\r\n\r\ntwo\r\n--b--\r\n";
        HttpRequest request = new HttpRequest(
                "POST",
                Paths.TRANSCRIPTIONS,
                "HTTP/1.1",
                List.of(new HttpHeader("content-type", "multipart/form-data;boundary=b; charset=utf-8")),
                Bytes.utf8(form));
        WorkerRequest prepared = WorkerRequests.prepare(request, "m", RequestRules.OPEN_AI, null, OptionalInt.empty());
        assertThat(prepared.body().toUtf8()).isEqualTo(form);
        assertThat(prepared.contentType()).isEqualTo("multipart/form-data; boundary=b");
    }

    @Test
    void n10_should_refuse_a_sender_key_of_33_bytes() {
        assertThatThrownBy(() -> PublicKeyText.parse("A".repeat(44))).isInstanceOf(RequestException.class);
    }
}
