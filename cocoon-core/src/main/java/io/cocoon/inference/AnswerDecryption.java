package io.cocoon.inference;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.internal.json.Json;
import io.cocoon.internal.json.JsonPrinter;
import io.cocoon.protocol.ErrorCodes;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import java.util.ArrayList;
import java.util.List;

/**
 * An application's side of an encrypted answer: each document must be encrypted, for the own key, by the network key that
 * the request was encrypted for; it is decrypted and loses the four members. A plain or foreign document is an error.
 *
 * <p>Whether documents are missing, repeated or exchanged cannot be seen (hazard N4). Confined to one thread. 2026 part,
 * section 4.7.
 */
public final class AnswerDecryption {

    private static final Bytes DONE = Bytes.utf8("[DONE]");
    private static final Bytes DONE_EVENT = Bytes.utf8("data: [DONE]\n\n");

    private final Int256 own;
    private final Int256 networkKey;
    private final byte[] secret;
    private final JsonSplitter splitter = new JsonSplitter(AnswerMeter.MAX_DOCUMENT_BYTES);
    private final SseReader events = new SseReader(AnswerMeter.MAX_DOCUMENT_BYTES);
    private final ContentKind kind;

    /** Makes one for an answer of JSON documents. */
    public AnswerDecryption(Ed25519Key own, Int256 networkKey) throws RequestException {
        this(own, networkKey, ContentKind.JSON);
    }

    /**
     * Makes one.
     *
     * @param own the pair that sent the request
     * @param networkKey the key that the request was encrypted for
     * @param kind what the answer's content type says
     * @throws RequestException if no secret can be agreed on with that key
     */
    public AnswerDecryption(Ed25519Key own, Int256 networkKey, ContentKind kind) throws RequestException {
        this.own = own.publicKey();
        this.networkKey = networkKey;
        this.secret = PayloadCrypto.sharedSecret(own, networkKey);
        this.kind = kind;
    }

    /**
     * Decrypts one document.
     *
     * @throws RequestException if it is not what the class demands
     */
    public Bytes document(Bytes json) throws RequestException {
        return document(json, "", "");
    }

    private Bytes document(Bytes json, String before, String after) throws RequestException {
        Json.Obj document = WorkerRequests.parseObject(json);
        if (!document.has(PayloadEncryption.IS_ENCRYPTED)) {
            throw new RequestException(
                    ErrorCodes.ERROR, "the request was encrypted, but the answer has a document in clear");
        }
        PayloadEncryption.decryptAnswer(document, secret, own, networkKey);
        return JsonPrinter.print(document, before, after);
    }

    /**
     * Takes a piece of the body and returns the clear lines or events that are complete with it.
     *
     * @throws AnswerException if the answer is not what the class demands
     */
    public Bytes feed(Bytes piece) throws AnswerException {
        List<Bytes> out = new ArrayList<>();
        if (kind == ContentKind.EVENT_STREAM) {
            for (SseReader.Event event : events.feed(piece)) {
                event(event.data(), out);
            }
        } else {
            lines(splitter.feed(piece), out);
            if (splitter.blocked()) {
                throw new AnswerException("the request was encrypted, but the answer has text in clear");
            }
        }
        return Pieces.join(out);
    }

    /**
     * Ends the body.
     *
     * @throws AnswerException if it was cut off inside a document
     */
    public void end() throws AnswerException {
        Bytes rest = kind == ContentKind.EVENT_STREAM ? events.end().raw() : splitter.rest();
        if (!rest.toUtf8().isBlank()) {
            throw new AnswerException("the encrypted answer ends inside a document");
        }
    }

    private void lines(List<Bytes> documents, List<Bytes> out) throws AnswerException {
        for (Bytes document : documents) {
            out.add(decrypted(document, "", "\n"));
        }
    }

    private void event(Bytes data, List<Bytes> out) throws AnswerException {
        if (data.equals(DONE)) {
            out.add(DONE_EVENT);
        } else if (!data.isEmpty()) {
            out.add(decrypted(data, "data: ", "\n\n"));
        }
    }

    private Bytes decrypted(Bytes document, String before, String after) throws AnswerException {
        try {
            return document(document, before, after);
        } catch (RequestException e) {
            AnswerException problem = new AnswerException("the encrypted answer is not acceptable: " + e.getMessage());
            problem.initCause(e);
            throw problem;
        }
    }
}
