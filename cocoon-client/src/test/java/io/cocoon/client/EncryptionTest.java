package io.cocoon.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.cocoon.crypto.Ed25519Key;
import io.cocoon.inference.AnswerEncryption;
import io.cocoon.inference.AnswerException;
import io.cocoon.inference.AnswerMeter;
import io.cocoon.inference.ContentKind;
import io.cocoon.inference.MeterRules;
import io.cocoon.inference.RequestException;
import io.cocoon.payment.Nanoton;
import io.cocoon.payment.Prices;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.chain.RootState;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Encrypted answers from end to end; the worker's side is made by the library's own encryption of answers. */
class EncryptionTest {

    private static final Ed25519Key NETWORK = Ed25519Key.fromSeed(Int256.fromHex("55".repeat(32)));
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String FORM = "--b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nm\r\n--b--\r\n";

    private final Setup setup = Setup.with(
            1,
            config -> config.withKeys(
                    List.of(new RootState.NetworkKey(
                            NETWORK.publicKey(), 1, Instant.now().plusSeconds(3600))),
                    Optional.empty()));

    @AfterEach
    void close() {
        setup.close();
    }

    private static Bytes sealed(FakeProxy.Run run, String clear) {
        return encrypt(clear, NETWORK, senderOf(run));
    }

    /** What a worker does: one document of the answer, metered and encrypted. */
    private static Bytes encrypt(String clear, Ed25519Key network, Int256 receiver) {
        try {
            AnswerMeter meter = new AnswerMeter(
                    1000,
                    new Prices(new Nanoton(2), new Nanoton(1), Prices.ONE, Prices.ONE, Prices.ONE, Prices.ONE),
                    ContentKind.JSON,
                    MeterRules.OURS,
                    AnswerEncryption.of(network, receiver, new SecureRandom()));
            Bytes first = meter.feed(Bytes.utf8(clear.strip()));
            Bytes last = meter.end();
            return Bytes.utf8((first.toUtf8() + last.toUtf8()).strip());
        } catch (AnswerException | RequestException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Int256 senderOf(FakeProxy.Run run) {
        try {
            JsonNode body = JSON.readTree(run.body());
            return Int256.fromHex(body.get("sender_public_key").asText());
        } catch (java.io.IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private void answer(Consumer<FakeProxy.Run> parts) {
        setup.proxy().script = run -> {
            run.head(200, "application/json");
            parts.accept(run);
            run.end(FakeProxy.TOKENS).pay(134);
        };
    }

    private static String delta(String text) {
        return "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" + text + "\"}}]}";
    }

    @Test
    void should_open_an_encrypted_document() {
        answer(run -> run.part(sealed(run, FakeProxy.PLAIN_ANSWER)));

        ChatReply reply = setup.client().chat("m").user("private").send();

        assertThat(reply.text()).isEqualTo("Hello from the fake model.");
        assertThat(setup.proxy().runs.remove().body()).doesNotContain("private");
    }

    @Test
    void should_open_an_encrypted_stream_cut_anywhere() {
        answer(run -> {
            String lines = sealed(run, delta("Once")).toUtf8() + "\n"
                    + sealed(run, delta(" upon")).toUtf8() + "\n";
            run.part(lines.substring(0, 37)).part(lines.substring(37));
        });

        try (ChatStream stream = setup.client().chat("m").user("x").stream()) {
            assertThat(stream.isEncrypted()).isTrue();
            assertThat(stream.reply().text()).isEqualTo("Once upon");
        }
    }

    @Test
    void should_refuse_an_answer_for_somebody_else() {
        Int256 other = Ed25519Key.fromSeed(Int256.fromHex("66".repeat(32))).publicKey();
        answer(run -> run.part(encrypt(FakeProxy.PLAIN_ANSWER, NETWORK, other)));

        refused();
    }

    @Test
    void should_refuse_an_answer_of_another_network() {
        Ed25519Key other = Ed25519Key.fromSeed(Int256.fromHex("66".repeat(32)));
        answer(run -> run.part(encrypt(FakeProxy.PLAIN_ANSWER, other, senderOf(run))));

        refused();
    }

    @Test
    void should_refuse_the_own_request_sent_back() {
        answer(run -> run.part(run.body()));

        refused();
    }

    @Test
    void should_refuse_a_document_that_was_changed_or_cut() {
        answer(run -> run.part(sealed(run, FakeProxy.PLAIN_ANSWER).toUtf8().replaceFirst("ENC_..", "ENC_00")));
        refused();

        answer(run -> {
            Bytes all = sealed(run, FakeProxy.PLAIN_ANSWER);
            run.part(all.slice(0, all.length() / 2));
        });
        refused();
    }

    @Test
    void should_refuse_a_clear_line_between_encrypted_ones() {
        answer(run -> run.part(sealed(run, delta("Once")).toUtf8() + "\n" + delta(" upon") + "\n"));

        assertThatThrownBy(() -> setup.client().chat("m").user("x").stream().reply())
                .isInstanceOf(CocoonException.Protocol.class);
    }

    private void networkKeys(RootState.NetworkKey... keys) {
        setup.chain.change(config -> config.withVersions(config.version() + 1, config.paramsVersion())
                .withKeys(List.of(keys), Optional.empty()));
    }

    private static RootState.NetworkKey validFor(long seconds) {
        return new RootState.NetworkKey(NETWORK.publicKey(), 1, Instant.now().plusSeconds(seconds));
    }

    @Test
    void should_follow_keys_that_appear_expire_and_disappear_while_it_runs() {
        answer(run -> run.part(
                run.body().contains("is_encrypted")
                        ? sealed(run, FakeProxy.PLAIN_ANSWER)
                        : Bytes.utf8(FakeProxy.PLAIN_ANSWER)));
        CocoonClient cocoon = setup.client();

        networkKeys();
        assertThat(isEncrypted(cocoon)).isFalse();
        networkKeys(validFor(3600));
        assertThat(isEncrypted(cocoon)).isTrue();
        networkKeys(validFor(-1));
        assertThat(isEncrypted(cocoon)).isFalse();
    }

    @Test
    void should_send_nothing_without_a_key_if_the_builder_wants_encryption_always() {
        answer(run -> run.part(sealed(run, FakeProxy.PLAIN_ANSWER)));
        CocoonClient cocoon = setup.client(ClientBuilder::neverLetProxiesReadPrompts);

        networkKeys();
        assertThatThrownBy(() -> cocoon.chat("m").user("private").send())
                .isInstanceOf(CocoonException.Capacity.class)
                .hasMessageContaining("no valid key");
        assertThat(setup.proxy().runs).isEmpty();

        networkKeys(validFor(3600));
        assertThat(isEncrypted(cocoon)).isTrue();
    }

    private boolean isEncrypted(CocoonClient cocoon) {
        assertThat(cocoon.chat("m").user("private").send().text()).isEqualTo("Hello from the fake model.");
        return !setup.proxy().runs.remove().body().contains("private");
    }

    @Test
    void should_not_try_again_in_clear_when_the_key_disappears_between_two_attempts() {
        setup.proxy().script = run -> {
            networkKeys();
            run.refuse(651, "no ready workers for model m");
        };

        assertThatThrownBy(() -> setup.client().chat("m").user("private").send())
                .isInstanceOf(CocoonException.Capacity.class)
                .hasMessageContaining("nothing was sent in clear");
        assertThat(setup.proxy().runs.remove().body()).doesNotContain("private");
        assertThat(setup.proxy().runs).isEmpty();
    }

    @Test
    void should_not_send_in_clear_to_a_proxy_that_chooses_a_version_without_encryption() {
        setup.proxy().maxVersion = 2;

        assertThatThrownBy(() -> setup.client().chat("m").user("private").send())
                .isInstanceOf(CocoonException.Protocol.class)
                .hasMessageContaining("encryption needs 3");
        assertThat(setup.proxy().runs).isEmpty();
    }

    @Test
    void should_send_in_clear_to_such_a_proxy_if_the_builder_says_so() {
        setup.proxy().maxVersion = 2;
        answer(run -> run.part(Bytes.utf8(FakeProxy.PLAIN_ANSWER)));

        assertThat(isEncrypted(setup.client(ClientBuilder::letProxiesReadPrompts)))
                .isFalse();
    }

    /** Tells a time at which the network's key is valid so many times, then one at which it is not. */
    private static Clock leaping(int times) {
        AtomicInteger left = new AtomicInteger(times);
        return new SuppliedClock(() -> Instant.now().plusSeconds(left.getAndDecrement() > 0 ? 0 : 36_000));
    }

    @Test
    void should_never_send_in_clear_at_whatever_moment_the_key_goes_away() {
        answer(run -> {
            if (run.body().contains("private")) {
                run.part(FakeProxy.PLAIN_ANSWER);
            } else {
                run.part(sealed(run, FakeProxy.PLAIN_ANSWER));
            }
        });
        Set<String> said = new TreeSet<>();
        for (int moment = 1; moment < 20; moment++) {
            Clock clock = leaping(moment);
            CocoonClient cocoon =
                    setup.client(b -> b.neverLetProxiesReadPrompts().clock(clock));
            Throwable failure =
                    catchThrowable(() -> cocoon.chat("m").user("private").send());
            if (failure != null) {
                assertThat(failure).isInstanceOf(CocoonException.Capacity.class);
                said.add(((CocoonException) failure).problem());
            }
            cocoon.close();
        }

        assertThat(setup.proxy().runs)
                .isNotEmpty()
                .allSatisfy(run -> assertThat(run.body()).doesNotContain("private"));
        assertThat(said)
                .anySatisfy(text -> assertThat(text).contains("went away just now; nothing was sent in clear"))
                .anySatisfy(text -> assertThat(text).contains("no valid key"));
    }

    @Test
    void should_say_that_only_json_can_be_encrypted() {
        CocoonClient cocoon = setup.client();

        assertThatThrownBy(() -> cocoon.http(
                        "POST",
                        "/v1/audio/transcriptions",
                        Map.of("content-type", "multipart/form-data; boundary=b"),
                        FORM.getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(CocoonException.Configuration.class)
                .hasMessageContainingAll(
                        "'multipart/form-data; boundary=b' can not be encrypted", "lets proxies read prompts");
        assertThat(setup.proxy().runs).isEmpty();
    }

    private void refused() {
        assertThatThrownBy(() -> setup.client().chat("m").user("x").send())
                .isInstanceOf(CocoonException.Protocol.class);
    }
}
