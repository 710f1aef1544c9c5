package io.cocoon.inference;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.inference.PayloadCrypto.Direction;
import io.cocoon.internal.json.Json;
import io.cocoon.internal.json.JsonException;
import io.cocoon.internal.json.JsonParser;
import io.cocoon.internal.json.JsonPrinter;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Encryption of the private parts of requests and answers for a network key. 2026 part, section 4.
 *
 * <p>Protects against everything between application and proxy, not against proxies and workers (hazard N1); strings are
 * not tied to their place, numbers and structure are neither hidden nor authenticated (N4, N7). Use a fresh sender key
 * for each request ({@link Ed25519Key#generate}).
 */
public final class PayloadEncryption {

    static final String ENCRYPTED_TAG = "ENC_";
    static final String CLEAR_TAG = "DEC_";
    static final String IS_ENCRYPTED = "is_encrypted";
    static final String SENDER = "sender_public_key";
    static final String RECEIVER = "receiver_public_key";
    static final String NONCE = "encryption_nonce";

    /** The four members that say how a document is encrypted. */
    static final List<String> META = List.of(IS_ENCRYPTED, SENDER, RECEIVER, NONCE);

    /** Members that stay clear wherever they stand, with everything below them (hazard N6). */
    private static final Set<String> CLEAR = Set.of(
            IS_ENCRYPTED,
            SENDER,
            RECEIVER,
            NONCE,
            "model",
            "max_completion_tokens",
            "max_tokens",
            "max_coefficient",
            "timeout",
            "debug",
            "enable_debug",
            "request_guid");

    private static final int NONCE_BYTES = 32;

    private PayloadEncryption() {}

    /**
     * Encrypts a request's JSON body.
     *
     * @param sender a pair made for this request only
     * @throws RequestException if the body is no JSON object, or has a member below the top level that would stay clear
     *     by accident
     */
    public static Bytes encryptRequest(Bytes json, Int256 networkKey, Ed25519Key sender, SecureRandom random)
            throws RequestException {
        Json.Obj document = object(json);
        for (Map.Entry<String, Json> member : document.members().entrySet()) {
            refuseAccidentallyClear(member.getValue());
        }
        byte[] secret = PayloadCrypto.sharedSecret(sender, networkKey);
        encrypt(document, secret, newNonce(random), Direction.CLIENT_TO_WORKER, sender.publicKey(), networkKey, random);
        return JsonPrinter.print(document);
    }

    private static Json.Obj object(Bytes json) throws RequestException {
        try {
            if (JsonParser.parse(json) instanceof Json.Obj document) {
                return document;
            }
        } catch (JsonException e) {
            throw RequestException.invalid("expected json object: " + e.getMessage());
        }
        throw RequestException.invalid("expected json object");
    }

    private static void refuseAccidentallyClear(Json value) throws RequestException {
        if (value instanceof Json.Arr array) {
            for (Json item : array.items()) {
                refuseAccidentallyClear(item);
            }
        } else if (value instanceof Json.Obj object) {
            for (Map.Entry<String, Json> member : object.members().entrySet()) {
                if (CLEAR.contains(member.getKey())) {
                    throw RequestException.invalid("a member named '" + member.getKey()
                            + "' below the top level would travel unencrypted; rename it");
                }
                refuseAccidentallyClear(member.getValue());
            }
        }
    }

    static String newNonce(SecureRandom random) {
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        return Base64.getEncoder().encodeToString(nonce);
    }

    /** Encrypts in place and adds the four members. */
    static void encrypt(
            Json.Obj document,
            byte[] secret,
            String nonce,
            Direction direction,
            Int256 sender,
            Int256 receiver,
            SecureRandom random) {
        PayloadCrypto crypto =
                new PayloadCrypto(PayloadCrypto.messageKey(secret, nonce.getBytes(StandardCharsets.UTF_8), direction));
        encryptMembers(document, crypto, random);
        document.put(IS_ENCRYPTED, new Json.Str("v1"));
        document.put(SENDER, new Json.Str(sender.toHex()));
        document.put(RECEIVER, new Json.Str(receiver.toHex()));
        document.put(NONCE, new Json.Str(nonce));
    }

    private static void encryptMembers(Json.Obj object, PayloadCrypto crypto, SecureRandom random) {
        for (Map.Entry<String, Json> member : object.members().entrySet()) {
            if (!CLEAR.contains(member.getKey())) {
                member.setValue(encrypted(member.getValue(), crypto, random));
            }
        }
    }

    private static Json encrypted(Json value, PayloadCrypto crypto, SecureRandom random) {
        if (value instanceof Json.Str text) {
            return new Json.Str(crypto.encryptToText(text.value().getBytes(StandardCharsets.UTF_8), random));
        }
        if (value instanceof Json.Arr array) {
            array.items().replaceAll(item -> encrypted(item, crypto, random));
        } else if (value instanceof Json.Obj object) {
            encryptMembers(object, crypto, random);
        }
        return value;
    }

    /**
     * Who a request is from, after it was decrypted in place; null if it is a plain one.
     *
     * @param clearTagAllowed whether strings tagged as clear pass, as with the reference (hazard N3)
     */
    static @Nullable Int256 decryptRequest(Json.Obj document, @Nullable Ed25519Key networkKey, boolean clearTagAllowed)
            throws RequestException {
        if (!document.has(IS_ENCRYPTED)) {
            requireNoKey(networkKey);
            return null;
        }
        for (String name : META) {
            if (document.text(name) == null) {
                throw RequestException.refused("not all encryption-related fields are present");
            }
        }
        Int256 sender = PublicKeyText.parse(textOf(document, SENDER));
        Int256 receiver = PublicKeyText.parse(textOf(document, RECEIVER));
        PayloadCrypto crypto =
                open(networkKey, sender, receiver, textOf(document, NONCE).getBytes(StandardCharsets.UTF_8));
        decryptMembers(document, crypto, clearTagAllowed);
        return sender;
    }

    static void requireNoKey(@Nullable Ed25519Key networkKey) throws RequestException {
        if (networkKey != null) {
            throw RequestException.refused("encryption key is provided, but request is unencrypted");
        }
    }

    /** Checks that the request is for this key, and makes the key of its strings. */
    static PayloadCrypto open(@Nullable Ed25519Key networkKey, Int256 sender, Int256 receiver, byte[] nonce)
            throws RequestException {
        if (networkKey == null) {
            throw RequestException.refused("cannot find private key for an encrypted request");
        }
        if (!receiver.equals(networkKey.publicKey())) {
            throw RequestException.refused("public key mismatch");
        }
        byte[] secret = PayloadCrypto.sharedSecret(networkKey, sender);
        return new PayloadCrypto(PayloadCrypto.messageKey(secret, nonce, Direction.CLIENT_TO_WORKER));
    }

    static boolean staysClear(String name) {
        return CLEAR.contains(name);
    }

    private static String textOf(Json.Obj document, String name) throws RequestException {
        String text = document.text(name);
        if (text == null) {
            throw RequestException.refused("not all encryption-related fields are present");
        }
        return text;
    }

    static void decryptMembers(Json.Obj object, PayloadCrypto crypto, boolean clearTagAllowed) throws RequestException {
        for (Map.Entry<String, Json> member : object.members().entrySet()) {
            if (!CLEAR.contains(member.getKey())) {
                member.setValue(decrypted(member.getValue(), crypto, clearTagAllowed));
            }
        }
    }

    private static Json decrypted(Json value, PayloadCrypto crypto, boolean clearTagAllowed) throws RequestException {
        if (value instanceof Json.Str text) {
            return new Json.Str(utf8(crypto.decryptText(text.value(), clearTagAllowed)));
        }
        if (value instanceof Json.Arr array) {
            for (int i = 0; i < array.items().size(); i++) {
                array.items().set(i, decrypted(array.items().get(i), crypto, clearTagAllowed));
            }
        } else if (value instanceof Json.Obj object) {
            decryptMembers(object, crypto, clearTagAllowed);
        }
        return value;
    }

    private static String utf8(byte[] plain) throws RequestException {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(plain))
                    .toString();
        } catch (CharacterCodingException e) {
            throw RequestException.unspecified("Failed to decrypt: the plaintext is not UTF-8");
        }
    }

    /**
     * Decrypts one document of an answer and removes the four members.
     *
     * @param own the pair that sent the request
     * @param networkKey the key that the request was encrypted for
     * @throws RequestException if the document is plain, from or for somebody else, or was changed
     */
    public static Bytes decryptAnswerDocument(Bytes json, Ed25519Key own, Int256 networkKey) throws RequestException {
        return new AnswerDecryption(own, networkKey).document(json);
    }

    static void decryptAnswer(Json.Obj document, byte[] secret, Int256 own, Int256 networkKey) throws RequestException {
        for (String name : META) {
            if (document.text(name) == null) {
                throw RequestException.refused("not all encryption-related fields are present");
            }
        }
        if (!PublicKeyText.parse(textOf(document, RECEIVER)).equals(own)) {
            throw RequestException.refused("public key mismatch");
        }
        if (!PublicKeyText.parse(textOf(document, SENDER)).equals(networkKey)) {
            throw RequestException.refused("sender public key mismatch");
        }
        byte[] nonce = textOf(document, NONCE).getBytes(StandardCharsets.UTF_8);
        decryptMembers(
                document,
                new PayloadCrypto(PayloadCrypto.messageKey(secret, nonce, Direction.WORKER_TO_CLIENT)),
                false);
        META.forEach(document::remove);
    }
}
