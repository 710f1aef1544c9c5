package io.cocoon.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.internal.json.Json;
import io.cocoon.internal.json.JsonParser;
import io.cocoon.internal.json.JsonPrinter;
import io.cocoon.tl.Bytes;
import java.io.ByteArrayOutputStream;
import java.security.SecureRandom;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;

class InferenceProperties {

    private static final String STREAM = ": hello\r\n\r\ndata: {\"a\":\"é\",\"usage\":null}\r\n\r\n"
            + "data: {\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":1}}\n\nevent: x\ndata: {\n"
            + "data: \"usage\":{\"prompt_tokens\":3,\"completion_tokens\":9}}\n\ndata: [DONE]\n\ndata: cut";
    private static final String LINES = "{\"a\":\"}{\\\"\"}\n{\"usage\":{\"prompt_tokens\":3}} 12 [1,\n2]\n"
            + "{\"usage\":{\"completion_tokens\":8}}\n true";

    @Property(tries = 300)
    void any_text_survives_printing_and_parsing(@ForAll @Size(max = 6) List<String> texts, @ForAll double number)
            throws Exception {
        Json.Obj object = new Json.Obj();
        for (String text : texts) {
            // Half a surrogate pair has no UTF-8 form; everything else has.
            String valid = text.replaceAll("\\p{Cs}", "");
            object.put(valid, new Json.Str(valid));
        }
        if (Double.isFinite(number)) {
            object.put("n", new Json.Real(number));
        }
        Bytes printed = JsonPrinter.print(object);
        assertThat(JsonParser.parse(printed)).isEqualTo(object);
        assertThat(JsonPrinter.print(JsonParser.parse(printed))).isEqualTo(printed);
    }

    @Property(tries = 200)
    void chunking_changes_neither_output_nor_counts(@ForAll long seed) throws Exception {
        for (ContentKind kind : List.of(ContentKind.JSON, ContentKind.EVENT_STREAM)) {
            String text = kind == ContentKind.JSON ? LINES : STREAM;
            for (MeterRules rules : MeterRules.values()) {
                AnswerMeter whole = new AnswerMeter(1000, AnswerMeterTest.PRICES, kind, rules, null);
                AnswerMeter pieces = new AnswerMeter(1000, AnswerMeterTest.PRICES, kind, rules, null);
                assertThat(run(pieces, text, new Random(seed))).isEqualTo(run(whole, text, null));
                assertThat(pieces.usage()).isEqualTo(whole.usage());
            }
        }
    }

    private static String run(AnswerMeter meter, String text, @org.jspecify.annotations.Nullable Random random)
            throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Bytes rest = Bytes.utf8(text);
        while (!rest.isEmpty()) {
            int count = random == null ? rest.length() : Math.min(rest.length(), 1 + random.nextInt(9));
            out.writeBytes(meter.feed(rest.slice(0, count)).toByteArray());
            rest = rest.sliceFrom(count);
        }
        out.writeBytes(meter.end().toByteArray());
        return out.toString(java.nio.charset.StandardCharsets.UTF_8);
    }

    @Property(tries = 100)
    void encryption_and_decryption_are_inverse(@ForAll byte[] plain) throws Exception {
        SecureRandom random = new SecureRandom();
        Ed25519Key a = Ed25519Key.generate(random);
        Ed25519Key b = Ed25519Key.generate(random);
        byte[] secret = PayloadCrypto.sharedSecret(a, b.publicKey());
        assertThat(PayloadCrypto.sharedSecret(b, a.publicKey())).isEqualTo(secret);
        byte[] key = PayloadCrypto.messageKey(secret, new byte[3], PayloadCrypto.Direction.CLIENT_TO_WORKER);
        byte[] encrypted = new PayloadCrypto(key).encrypt(plain, random);
        assertThat(encrypted.length % 16).isZero();
        assertThat(new PayloadCrypto(key).decrypt(encrypted)).isEqualTo(plain);
    }

    @Property(tries = 100)
    void n5_a_changed_bit_of_an_encrypted_string_is_refused(@ForAll byte[] plain, @ForAll int where) throws Exception {
        SecureRandom random = new SecureRandom();
        byte[] secret = PayloadCrypto.sharedSecret(
                Ed25519Key.generate(random), Ed25519Key.generate(random).publicKey());
        PayloadCrypto crypto = new PayloadCrypto(
                PayloadCrypto.messageKey(secret, new byte[3], PayloadCrypto.Direction.CLIENT_TO_WORKER));
        byte[] encrypted = crypto.encrypt(plain, random);
        int bit = Math.floorMod(where, encrypted.length * 8);
        encrypted[bit / 8] ^= (byte) (1 << bit % 8);

        // The code is cut to 128 bits and chooses the cipher's key as well; all the more must each bit count.
        assertThatThrownBy(() -> crypto.decrypt(encrypted)).isInstanceOf(RequestException.class);
    }

    @Property(tries = 50)
    void n7_only_the_length_in_steps_of_sixteen_bytes_shows(
            @ForAll @net.jqwik.api.constraints.IntRange(max = 200) int length) throws Exception {
        SecureRandom random = new SecureRandom();
        byte[] secret = PayloadCrypto.sharedSecret(
                Ed25519Key.generate(random), Ed25519Key.generate(random).publicKey());
        PayloadCrypto crypto = new PayloadCrypto(
                PayloadCrypto.messageKey(secret, new byte[3], PayloadCrypto.Direction.CLIENT_TO_WORKER));

        int hidden = (length + 15) / 16 * 16;

        assertThat(crypto.encrypt(new byte[length], random).length).isEqualTo(32 + hidden);
    }
}
