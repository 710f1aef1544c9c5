package io.cocoon.inference;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.cocoon.crypto.Ed25519Key;
import io.cocoon.internal.json.JsonException;
import io.cocoon.internal.json.JsonParser;
import io.cocoon.internal.json.JsonPrinter;
import io.cocoon.protocol.HttpHeader;
import io.cocoon.protocol.HttpRequest;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import java.util.List;
import java.util.OptionalInt;

/** Nothing but the declared exceptions may come out of a parser. */
class InferenceFuzz {

    private static final Ed25519Key KEY = Ed25519Key.fromSeed(Int256.ZERO);

    @FuzzTest
    void json(byte[] input) throws JsonException {
        Bytes printed;
        try {
            printed = JsonPrinter.print(JsonParser.parse(Bytes.copyOf(input)));
        } catch (JsonException e) {
            return;
        }
        if (!JsonPrinter.print(JsonParser.parse(printed)).equals(printed)) {
            throw new AssertionError("printing is not stable");
        }
    }

    @FuzzTest
    void requests(FuzzedDataProvider data) {
        RequestRules rules = data.pickValue(RequestRules.values());
        String path = data.pickValue(new String[] {Paths.CHAT, Paths.COMPLETIONS, Paths.TRANSCRIPTIONS});
        List<HttpHeader> headers = List.of(new HttpHeader("Content-Type", "multipart/form-data; boundary=b"));
        Bytes body = Bytes.wrapUnshared(data.consumeRemainingAsBytes());
        try {
            ClientRequests.prepare(path, headers, body, rules);
        } catch (RequestException e) {
            // Refusing is fine.
        }
        for (@org.jspecify.annotations.Nullable
        Ed25519Key key : new @org.jspecify.annotations.Nullable Ed25519Key[] {null, KEY}) {
            try {
                WorkerRequests.prepare(
                        new HttpRequest("POST", path, "HTTP/1.1", headers, body), "m", rules, key, OptionalInt.of(9));
            } catch (RequestException e) {
                // Refusing is fine.
            }
        }
    }

    @FuzzTest
    void answers(FuzzedDataProvider data) {
        MeterRules rules = data.pickValue(MeterRules.values());
        ContentKind kind = data.pickValue(ContentKind.values());
        AnswerMeter meter = new AnswerMeter(1000, AnswerMeterTest.PRICES, kind, rules, null);
        try {
            AnswerDecryption decryption = new AnswerDecryption(KEY, KEY.publicKey(), kind);
            while (data.remainingBytes() > 0) {
                Bytes piece = Bytes.wrapUnshared(data.consumeBytes(40));
                meter.feed(piece);
                decryption.feed(piece);
            }
            meter.end();
        } catch (AnswerException | RequestException e) {
            // Refusing is fine.
        }
        QueryString.parse(data.consumeRemainingAsString());
    }

    @FuzzTest
    void keys(byte[] text) {
        try {
            PublicKeyText.parse(Bytes.copyOf(text));
        } catch (RequestException e) {
            // Refusing is fine.
        }
    }
}
