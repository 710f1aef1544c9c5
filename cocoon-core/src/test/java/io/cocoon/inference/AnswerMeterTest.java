package io.cocoon.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.payment.Nanoton;
import io.cocoon.payment.Prices;
import io.cocoon.payment.TokenUsage;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class AnswerMeterTest {

    static final Prices PRICES =
            new Prices(new Nanoton(20), new Nanoton(18), Prices.ONE, Prices.ONE, Prices.ONE, Prices.ONE);
    private static final String USAGE_EVENT = "data: {\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":7}}\n\n";

    static AnswerMeter ours(ContentKind kind, @Nullable AnswerEncryption encryption) {
        return new AnswerMeter(1000, PRICES, kind, MeterRules.OURS, encryption);
    }

    private static String feed(AnswerMeter meter, String piece) throws AnswerException {
        return meter.feed(Bytes.utf8(piece)).toUtf8();
    }

    @Test
    void h5_should_pass_each_event_on_as_soon_as_it_is_complete() throws Exception {
        AnswerMeter meter = ours(ContentKind.EVENT_STREAM, null);
        String event = "event: x\r\ndata: {\"b\":1, \"usage\":null,\"a\":2}\r\n\r\n";
        assertThat(feed(meter, event.substring(0, 20))).isEmpty();
        assertThat(feed(meter, event.substring(20))).isEqualTo(event);
    }

    @Test
    void h5_should_keep_every_byte_of_a_stream_with_two_byte_line_ends_in_any_pieces() throws Exception {
        String stream = "data: {\"b\":1}\r\n\r\n: a comment\r\n\r\ndata: {\"c\":2}\r\n\r\ndata: [DONE]\r\n\r\n";
        for (int size = 1; size <= stream.length(); size++) {
            AnswerMeter meter = ours(ContentKind.EVENT_STREAM, null);
            StringBuilder out = new StringBuilder();
            for (int from = 0; from < stream.length(); from += size) {
                out.append(feed(meter, stream.substring(from, Math.min(stream.length(), from + size))));
            }
            out.append(meter.end().toUtf8());
            assertThat(out).hasToString(stream);
        }
    }

    @Test
    void h5_should_end_the_lines_of_a_counted_event_as_the_stream_does() throws Exception {
        AnswerMeter meter = ours(ContentKind.EVENT_STREAM, null);
        String out = feed(meter, "event: x\r\n" + USAGE_EVENT.strip() + "\r\n\r\n");
        assertThat(out).startsWith("event: x\r\ndata: {").contains("total_cost").endsWith("}\r\n\r\n");
    }

    @Test
    void h5_should_not_wait_for_another_byte_where_lines_end_with_a_return_alone() throws Exception {
        AnswerMeter meter = ours(ContentKind.EVENT_STREAM, null);
        assertThat(feed(meter, "data: {\"b\":1}\r\r")).isEqualTo("data: {\"b\":1}\r\r");
    }

    @Test
    void h5_should_count_an_event_stream_and_add_costs_to_usage_only() throws Exception {
        AnswerMeter meter = ours(ContentKind.EVENT_STREAM, null);
        assertThat(feed(meter, "data: {\"b\": 1}\n\n" + USAGE_EVENT + "data: [DONE]\n\n"))
                .isEqualTo("data: {\"b\": 1}\n\n"
                        + "data: {\"usage\":{\"completion_tokens\":7,\"completion_total_cost\":140,"
                        + "\"prompt_tokens\":5,\"prompt_total_cost\":100,\"total_cost\":240}}\n\n"
                        + "data: [DONE]\n\n");
        assertThat(meter.usage()).isEqualTo(new TokenUsage(5, 0, 7, 0));
        assertThat(meter.used().totalTokensUsed()).isEqualTo(12);
    }

    @Test
    void h5_should_count_a_last_event_without_a_blank_line() throws Exception {
        AnswerMeter meter = ours(ContentKind.EVENT_STREAM, null);
        assertThat(feed(meter, USAGE_EVENT.strip())).isEmpty();
        assertThat(meter.end().toUtf8()).contains("total_cost");
        assertThat(meter.usage().completion()).isEqualTo(7);
    }

    @Test
    void h7_should_not_charge_implausible_or_inconsistent_counts() throws Exception {
        AnswerMeter meter = ours(ContentKind.JSON, null);
        feed(meter, "{\"usage\":{\"prompt_tokens\":99999999999,\"completion_tokens\":-4}}");
        assertThat(meter.used().totalTokensUsed()).isZero();
        feed(
                meter,
                "{\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":7,"
                        + "\"prompt_tokens_details\":{\"cached_tokens\":50}}}");
        assertThat(meter.usage()).isEqualTo(new TokenUsage(5, 5, 7, 0));
        assertThat(meter.used().promptTokensUsed()).isZero();
    }

    @Test
    void should_charge_a_transcription_that_reports_input_and_output_tokens() throws Exception {
        AnswerMeter meter = ours(ContentKind.JSON, null);
        feed(meter, "{\"text\":\"x\",\"usage\":{\"input_tokens\":14,\"output_tokens\":45}}");
        assertThat(meter.usage()).isEqualTo(new TokenUsage(14, 0, 45, 0));
    }

    @Test
    void should_lose_nothing_that_is_no_json() throws Exception {
        AnswerMeter meter = ours(ContentKind.JSON, null);
        assertThat(feed(meter, "{\"a\": 1}\noops")).isEqualTo("{\"a\": 1}\n\noops");
        assertThat(feed(meter, " {more")).isEqualTo(" {more");
    }

    @Test
    void should_pass_opaque_content_untouched() throws Exception {
        AnswerMeter meter = ours(ContentKind.of("audio/mpeg"), null);
        assertThat(feed(meter, "{\"usage\"")).isEqualTo("{\"usage\"");
        assertThat(meter.used().totalTokensUsed()).isZero();
    }

    @Test
    void should_refuse_a_document_above_the_limit() throws Exception {
        AnswerMeter meter = ours(ContentKind.JSON, null);
        Bytes piece = Bytes.utf8("[" + " ".repeat(1 << 20));
        for (int i = 0; i < 7; i++) {
            meter.feed(piece);
        }
        assertThatThrownBy(() -> meter.feed(piece)).isInstanceOf(AnswerException.class);
    }

    @Test
    void n10_should_pass_a_deeply_nested_document_on_without_parsing_it() throws Exception {
        AnswerMeter meter = ours(ContentKind.JSON, null);
        String deep = "{\"usage\":" + "[".repeat(50_000) + "]".repeat(50_000) + "}";
        assertThat(feed(meter, deep)).isEqualTo(deep);
    }

    @Test
    void n12_should_encrypt_an_event_stream_event_by_event() throws Exception {
        SecureRandom random = new SecureRandom();
        Ed25519Key network = Ed25519Key.generate(random);
        Ed25519Key sender = Ed25519Key.generate(random);
        AnswerMeter meter = ours(ContentKind.EVENT_STREAM, AnswerEncryption.of(network, sender.publicKey(), random));
        String out = feed(meter, ": note\n\ndata: {\"text\":\"secret\"}\n\n" + USAGE_EVENT + "data: [DONE]\n\n");
        assertThat(out).doesNotContain("secret", "note").endsWith("data: [DONE]\n\n");
        assertThat(meter.usage().completion()).isEqualTo(7);

        AnswerDecryption back = new AnswerDecryption(sender, network.publicKey(), ContentKind.EVENT_STREAM);
        assertThat(back.feed(Bytes.utf8(out)).toUtf8())
                .startsWith("data: {\"text\":\"secret\"}\n\ndata: {\"usage\":")
                .endsWith("data: [DONE]\n\n");
        back.end();
    }

    @Test
    void n12_should_not_let_clear_text_through_an_encrypted_answer() throws Exception {
        SecureRandom random = new SecureRandom();
        Ed25519Key network = Ed25519Key.generate(random);
        Int256 sender = Ed25519Key.generate(random).publicKey();
        for (ContentKind kind : ContentKind.values()) {
            AnswerMeter meter = ours(kind, AnswerEncryption.of(network, sender, random));
            assertThatThrownBy(() -> meter.feed(Bytes.utf8("data: secret\n\n")))
                    .isInstanceOf(AnswerException.class)
                    .hasMessageNotContaining("secret");
        }
    }

    @Test
    void n4_should_refuse_a_plain_or_foreign_line_of_an_encrypted_answer() throws Exception {
        SecureRandom random = new SecureRandom();
        Ed25519Key network = Ed25519Key.generate(random);
        Ed25519Key own = Ed25519Key.generate(random);
        Ed25519Key other = Ed25519Key.generate(random);
        Bytes good = ours(ContentKind.JSON, AnswerEncryption.of(network, own.publicKey(), random))
                .feed(Bytes.utf8("{\"a\":\"x\"}"));
        Bytes foreign = ours(ContentKind.JSON, AnswerEncryption.of(other, own.publicKey(), random))
                .feed(Bytes.utf8("{\"a\":\"x\"}"));
        Bytes notForUs = ours(ContentKind.JSON, AnswerEncryption.of(network, other.publicKey(), random))
                .feed(Bytes.utf8("{\"a\":\"x\"}"));
        AnswerDecryption decryption = new AnswerDecryption(own, network.publicKey());
        assertThat(decryption.feed(good).toUtf8()).isEqualTo("{\"a\":\"x\"}\n");
        for (Bytes bad : new Bytes[] {foreign, notForUs, Bytes.utf8("{\"a\":\"x\"}")}) {
            assertThatThrownBy(() -> new AnswerDecryption(own, network.publicKey()).feed(bad))
                    .isInstanceOf(AnswerException.class);
        }
    }
}
