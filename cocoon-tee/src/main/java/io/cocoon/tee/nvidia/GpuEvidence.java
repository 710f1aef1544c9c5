package io.cocoon.tee.nvidia;

import io.cocoon.internal.json.Json;
import io.cocoon.internal.json.JsonException;
import io.cocoon.internal.json.JsonParser;
import io.cocoon.tl.Bytes;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Evidence of one GPU as NVIDIA's tools serialize it. Not trusted. Immutable. 2026 part of the TEE dossier, 10.2 and 10.3.
 *
 * @param architecture as the evidence names it, for example {@code HOPPER}
 * @param report SPDM request and response
 * @param chain PEM, device certificate first, root last
 * @param nonce what the evidence says that it was asked with, 32 bytes; not the nonce to judge it by
 */
public record GpuEvidence(String architecture, Bytes report, Bytes chain, Bytes nonce) {

    /** Longest serialized evidence, in bytes: sixteen GPUs. */
    public static final int MAX_JSON_LENGTH = 262_144;

    /** Most devices of one document. */
    public static final int MAX_DEVICES = 16;

    private static final Set<String> MEMBERS = Set.of("arch", "certificate", "evidence", "nonce");
    private static final Set<String> KNOWN_ARCHITECTURES = Set.of("HOPPER", "BLACKWELL", "LS10");
    private static final String RULE =
            "2026 part of the TEE dossier, 10.2; NVIDIA attestation SDK, serialized evidence";

    /**
     * Reads serialized evidence: a JSON array of one object a device, with exactly the members {@code arch}, {@code
     * certificate} (base64 of PEM), {@code evidence} (base64) and {@code nonce} (64 hexadecimal digits). All devices of a
     * document have one architecture and one nonce. Reports and certificates are not looked into.
     *
     * @throws GpuEvidenceException with code {@code JSON} or {@code FORMAT}
     */
    public static List<GpuEvidence> readAll(Bytes json) throws GpuEvidenceException {
        if (json.length() > MAX_JSON_LENGTH) {
            throw refusal("FORMAT", "evidence of " + json.length() + " bytes", "at most " + MAX_JSON_LENGTH);
        }
        Json document;
        try {
            document = JsonParser.parseStrict(json, 4);
        } catch (JsonException e) {
            throw refusal("JSON", String.valueOf(e.getMessage()), "one JSON document, no member twice");
        }
        if (!(document instanceof Json.Arr array)
                || array.items().isEmpty()
                || array.items().size() > MAX_DEVICES) {
            throw refusal("FORMAT", "no array of evidence", "an array of 1 to " + MAX_DEVICES + " objects");
        }
        List<GpuEvidence> all = new ArrayList<>();
        for (Json item : array.items()) {
            GpuEvidence each = read(item);
            if (!all.isEmpty()
                    && (!all.get(0).architecture().equals(each.architecture())
                            || !all.get(0).nonce().equals(each.nonce()))) {
                throw refusal("FORMAT", "devices with different architectures or nonces", "one of both");
            }
            all.add(each);
        }
        return List.copyOf(all);
    }

    private static GpuEvidence read(Json item) throws GpuEvidenceException {
        if (!(item instanceof Json.Obj object) || !object.members().keySet().equals(MEMBERS)) {
            throw refusal("FORMAT", "an entry with other members", "an object with exactly " + MEMBERS);
        }
        String architecture = object.text("arch");
        if (architecture == null || !KNOWN_ARCHITECTURES.contains(architecture)) {
            throw refusal("FORMAT", "an unknown architecture", "one of " + KNOWN_ARCHITECTURES);
        }
        String nonce = object.text("nonce");
        if (nonce == null || nonce.length() != 2 * GpuReport.NONCE_LENGTH) {
            throw refusal("FORMAT", "a nonce of another length", "64 hexadecimal digits");
        }
        Bytes nonceBytes;
        try {
            nonceBytes = Bytes.fromHex(nonce);
        } catch (IllegalArgumentException e) {
            throw refusal("FORMAT", "a nonce that is not hexadecimal", "64 hexadecimal digits");
        }
        return new GpuEvidence(
                architecture,
                base64(object.text("evidence"), "evidence"),
                base64(object.text("certificate"), "certificate"),
                nonceBytes);
    }

    private static Bytes base64(@Nullable String text, String member) throws GpuEvidenceException {
        try {
            if (text != null && !text.isEmpty()) {
                return Bytes.wrapUnshared(Base64.getDecoder().decode(text));
            }
        } catch (IllegalArgumentException e) {
            throw refusal("FORMAT", "a member " + member + " that is not base64", "base64");
        }
        throw refusal("FORMAT", "no text in the member " + member, "base64");
    }

    private static GpuEvidenceException refusal(String code, String seen, String wanted) {
        return new GpuEvidenceException(code, seen, wanted, RULE);
    }
}
