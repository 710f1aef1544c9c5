package io.cocoon.inference;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.inference.WorkerRequests.Options;
import io.cocoon.protocol.HttpRequest;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Audio requests at a worker: forms. 2026 part, sections 4.8 and 7.4. */
final class WorkerForms {

    private static final Set<String> APRIL_FIELDS = Set.of(
            "model",
            "file",
            "language",
            "prompt",
            "chunking_strategy",
            "stream_options",
            "temperature",
            "max_tokens",
            "max_completion_tokens",
            "stream",
            "response_format",
            PayloadEncryption.IS_ENCRYPTED,
            PayloadEncryption.SENDER,
            PayloadEncryption.RECEIVER,
            PayloadEncryption.NONCE);
    private static final List<String> NEVER =
            List.of("include", "known_speaker_names", "known_speaker_references", "timestamp_granularities");
    private static final Set<String> COUNTABLE_FORMATS = Set.of("json", "verbose_json", "diarized_json");

    private WorkerForms() {}

    static WorkerRequest prepare(
            HttpRequest request,
            String baseModel,
            RequestRules rules,
            @Nullable Ed25519Key networkKey,
            OptionalInt tokenLimit,
            Options options)
            throws RequestException {
        String type = HttpHeaders.last(request.headers(), "content-type").orElse("");
        Multipart form = Multipart.parse(type, request.payload(), rules);
        Int256 sender = decrypt(form, networkKey, options);
        boolean stream;
        OptionalLong limit;
        try {
            if (rules == RequestRules.OPEN_AI) {
                PayloadEncryption.META.forEach(form::remove);
            } else {
                refuseUnknown(form);
            }
            stream = checkFields(form, rules);
            limit = limit(form, tokenLimit, rules);
        } catch (RequestException e) {
            throw WorkerRequests.hideIfEncrypted(e, sender);
        }
        if (!baseModel.equals(form.text("model").orElse(""))) {
            throw RequestException.invalid("model name mismatch");
        }
        return new WorkerRequest(
                Paths.TRANSCRIPTIONS,
                form.print(),
                rules == RequestRules.OPEN_AI ? form.contentType() : type,
                baseModel,
                stream,
                WorkerRequests.encryption(networkKey, sender, options),
                limit);
    }

    private static @Nullable Int256 decrypt(Multipart form, @Nullable Ed25519Key networkKey, Options options)
            throws RequestException {
        if (form.field(PayloadEncryption.IS_ENCRYPTED).isEmpty()) {
            PayloadEncryption.requireNoKey(networkKey);
            return null;
        }
        Int256 sender = PublicKeyText.parse(meta(form, PayloadEncryption.SENDER));
        Int256 receiver = PublicKeyText.parse(meta(form, PayloadEncryption.RECEIVER));
        PayloadCrypto crypto = PayloadEncryption.open(
                networkKey,
                sender,
                receiver,
                meta(form, PayloadEncryption.NONCE).toByteArray());
        List<Multipart.Part> parts = form.parts();
        for (int i = 0; i < parts.size(); i++) {
            if (!PayloadEncryption.staysClear(parts.get(i).name())) {
                byte[] plain = crypto.decryptText(parts.get(i).body().toUtf8(), options.clearTaggedStrings());
                form.replace(i, Bytes.wrapUnshared(plain));
            }
        }
        return sender;
    }

    private static Bytes meta(Multipart form, String name) throws RequestException {
        return form.field(name)
                .orElseThrow(() -> RequestException.refused("not all encryption-related fields are present"));
    }

    private static void refuseUnknown(Multipart form) throws RequestException {
        for (String name : NEVER) {
            if (form.field(name).isPresent()) {
                throw RequestException.invalid("." + name + " must be an array");
            }
        }
        require(form, "model");
        require(form, "file");
        TreeSet<String> names = new TreeSet<>();
        form.parts().forEach(part -> names.add(part.name()));
        for (String name : names) {
            if (!APRIL_FIELDS.contains(name)) {
                throw RequestException.invalid(" has unknown field '" + name + "'");
            }
        }
    }

    private static void require(Multipart form, String name) throws RequestException {
        if (form.field(name).isEmpty()) {
            throw RequestException.invalid("'' must have a field '" + name + "'");
        }
    }

    private static boolean checkFields(Multipart form, RequestRules rules) throws RequestException {
        require(form, "model");
        require(form, "file");
        String format = form.text("response_format").orElse("json");
        boolean known = rules == RequestRules.OPEN_AI ? COUNTABLE_FORMATS.contains(format) : format.equals("json");
        if (!known) {
            // Other formats carry no usage, so that the answer could not be charged.
            throw RequestException.refused("response_format must be 'json'");
        }
        String stream = form.text("stream").orElse("0");
        if (rules == RequestRules.OPEN_AI && (stream.equals("true") || stream.equals("false"))) {
            return stream.equals("true");
        }
        return number(stream, ".stream must be a boolean") != 0;
    }

    private static OptionalLong limit(Multipart form, OptionalInt tokenLimit, RequestRules rules)
            throws RequestException {
        long own = -1;
        for (String name : List.of("max_completion_tokens", "max_tokens")) {
            String text = form.text(name).orElse(null);
            if (text != null) {
                long value = number(text, "." + name + " must be an integer");
                if (rules == RequestRules.OPEN_AI && value < 1) {
                    throw RequestException.invalid("." + name + " must be at least 1");
                }
                own = value;
            }
        }
        long limit = own > 0 && tokenLimit.isPresent() ? Math.min(own, tokenLimit.getAsInt()) : own;
        if (own <= 0 && tokenLimit.isPresent()) {
            limit = tokenLimit.getAsInt();
        }
        if (limit <= 0) {
            return OptionalLong.empty();
        }
        form.set("max_tokens", Bytes.utf8(Long.toString(limit)));
        return OptionalLong.of(limit);
    }

    private static long number(String text, String problem) throws RequestException {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw RequestException.invalid(problem);
        }
    }
}
