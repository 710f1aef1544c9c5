package io.cocoon.tee.nvidia;

import io.cocoon.internal.json.Json;
import io.cocoon.internal.json.JsonException;
import io.cocoon.internal.json.JsonParser;
import io.cocoon.tee.Verification;
import io.cocoon.tee.internal.Signatures;
import io.cocoon.tl.Bytes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Verifies replies of NVIDIA's remote attestation service: an overall token and one token a device (detached EAT bundle).
 * Stateless; a pure function that never throws for what is wrong with its input.
 *
 * <p>The service signs failures as well, with the right nonce: every claim counts, not only the signatures. A reply says that
 * NVIDIA's service judged <em>some</em> evidence; see {@link GpuNonce}. 2026 part of the TEE dossier, 10.3.
 */
public final class NrasTokens {

    /** Longest reply that is read, in bytes. */
    public static final int MAX_LENGTH = 262_144;

    /** How far clocks may differ. */
    public static final Duration LEEWAY = Duration.ofSeconds(60);

    /** Longest life of a token. */
    public static final Duration MAX_LIFETIME = Duration.ofSeconds(3_600);

    /** Who issues tokens. */
    public static final String ISSUER = "https://nras.attestation.nvidia.com";

    private static final String RULE = "2026 part of the TEE dossier, 10.3";
    private static final String SUBJECT = "NVIDIA-PLATFORM-ATTESTATION";
    private static final long MAX_TIME = 253_402_300_799L;
    private static final int MAX_DEPTH = 8;
    private static final int MAX_TEXT = 256;

    private static final String FORMAT = "nras.format";
    private static final String OVERALL_TOKEN = "nras.overall.token";
    private static final String OVERALL_CLAIMS = "nras.overall.claims";
    private static final String SUBMODULES = "nras.submodules";
    private static final String DEVICES = "nras.devices";
    private static final String POLICY = "nras.policy";
    private static final String BINDING = "nras.binding";
    private static final List<String> PLAN =
            List.of(FORMAT, OVERALL_TOKEN, OVERALL_CLAIMS, SUBMODULES, DEVICES, POLICY, BINDING);

    private static final String GPU = "x-nvidia-gpu-";
    private static final List<String> BOOLEANS = List.of(
            "arch-check",
            "attestation-report-parsed",
            "attestation-report-nonce-match",
            "attestation-report-signature-verified",
            "driver-rim-fetched",
            "driver-rim-schema-validated",
            "driver-rim-signature-verified",
            "driver-rim-measurements-available",
            "vbios-rim-fetched",
            "vbios-rim-schema-validated",
            "vbios-rim-signature-verified",
            "vbios-rim-measurements-available",
            "vbios-index-no-conflict");
    private static final Map<String, List<String>> BOOLEANS_OF_VERSION = Map.of(
            "2.0",
            List.of("attestation-report-cert-chain-validated", "driver-rim-cert-validated", "vbios-rim-cert-validated"),
            "3.0",
            List.of("attestation-report-cert-chain-fwid-match", "driver-rim-version-match", "vbios-rim-version-match"));
    private static final List<String> CHAINS =
            List.of("attestation-report-cert-chain", "driver-rim-cert-chain", "vbios-rim-cert-chain");

    private NrasTokens() {}

    private record Reply(String overall, Map<String, String> devices) {}

    /** Verifies a reply about one GPU; see the longer method. */
    public static Verification<NrasAppraisal> verify(Bytes reply, NrasKeys keys, GpuNonce nonce, Instant time) {
        return verify(reply, keys, nonce, time, NrasExpectations.devices(1));
    }

    /**
     * Verifies a reply.
     *
     * @param reply the body of the service's answer, JSON
     * @param keys what the tokens may be signed with
     * @param nonce what the verifier asked with
     * @param time the verifier's clock
     */
    public static Verification<NrasAppraisal> verify(
            Bytes reply, NrasKeys keys, GpuNonce nonce, Instant time, NrasExpectations expectations) {
        CheckList checks = new CheckList(PLAN);
        NrasAppraisal appraisal = appraise(checks, reply, keys, nonce, time, expectations);
        nonce.addCheck(checks, BINDING);
        return new Verification<>(
                Optional.ofNullable(appraisal),
                checks.finish(RULE),
                appraisal == null ? Instant.MAX : checks.expires());
    }

    private static @Nullable NrasAppraisal appraise(
            CheckList checks, Bytes text, NrasKeys keys, GpuNonce nonce, Instant time, NrasExpectations expectations) {
        String step = FORMAT;
        try {
            Reply reply = read(text);
            checks.pass(step, text.length() + " bytes, " + reply.devices().size() + " device tokens", "a bundle", RULE);

            step = OVERALL_TOKEN;
            Json.Obj overall = token(checks, reply.overall(), keys, time);
            checks.pass(step, "signed by a key of the set", "ES384, issuer, times", RULE);

            step = OVERALL_CLAIMS;
            String version = checkOverall(overall, nonce);
            checks.pass(step, "claims " + version + ", result true", "result true, our nonce", RULE);

            step = SUBMODULES;
            checkSubmodules(overall, reply, expectations.devices());
            checks.pass(step, reply.devices().size() + " digests", "every token, and no other, by its digest", RULE);

            step = DEVICES;
            Map<String, Json.Obj> claims = new LinkedHashMap<>();
            Set<String> identities = new HashSet<>();
            for (Map.Entry<String, String> each : reply.devices().entrySet()) {
                Json.Obj device = token(checks, each.getValue(), keys, time);
                checkDevice(device, version, nonce, identities);
                claims.put(each.getKey(), device);
            }
            checks.pass(step, claims.size() + " GPUs", "every claim as it must be, every GPU once", RULE);

            step = POLICY;
            List<NrasAppraisal.Device> devices = new ArrayList<>();
            for (Map.Entry<String, Json.Obj> each : claims.entrySet()) {
                NrasAppraisal.Device device = device(each.getKey(), each.getValue());
                checkPolicy(device, expectations);
                devices.add(device);
            }
            String warnings = devices.stream()
                    .flatMap(device -> device.warning().stream())
                    .map(NrasTokens::printable)
                    .collect(Collectors.joining("; "));
            checks.pass(
                    step,
                    devices.size() + " GPUs" + (warnings.isEmpty() ? "" : ", warnings: " + warnings),
                    "expected count, models, drivers",
                    RULE);
            return new NrasAppraisal(
                    version, Instant.ofEpochSecond(seconds(overall, "iat", "LIFETIME")), devices, nonce.isBound());
        } catch (Refusal e) {
            checks.fail(step, e);
            return null;
        }
    }

    private static Reply read(Bytes text) throws Refusal {
        if (text.length() > MAX_LENGTH) {
            throw refusal("FORMAT", "a reply of " + text.length() + " bytes", "at most " + MAX_LENGTH);
        }
        Json document;
        try {
            document = JsonParser.parseStrict(text, MAX_DEPTH);
        } catch (JsonException e) {
            throw refusal("JSON", String.valueOf(e.getMessage()), "one JSON document, no member twice");
        }
        if (document instanceof Json.Arr both
                && both.items().size() == 2
                && both.items().get(0) instanceof Json.Arr first
                && first.items().size() == 2
                && first.items().get(0) instanceof Json.Str type
                && type.value().equals("JWT")
                && first.items().get(1) instanceof Json.Str overall
                && both.items().get(1) instanceof Json.Obj tokens
                && tokens.members().size() <= NrasExpectations.MAX_DEVICES) {
            Map<String, String> devices = new LinkedHashMap<>();
            for (Map.Entry<String, Json> each : tokens.members().entrySet()) {
                if (!(each.getValue() instanceof Json.Str token)) {
                    throw refusal("FORMAT", "a device token that is no text", "text");
                }
                devices.put(each.getKey(), token.value());
            }
            return new Reply(overall.value(), devices);
        }
        throw refusal(
                "FORMAT",
                "another JSON document",
                "[[\"JWT\", token], {label: token}] with at most " + NrasExpectations.MAX_DEVICES + " labels");
    }

    /** Steps that every token goes through. */
    private static Json.Obj token(CheckList checks, String text, NrasKeys keys, Instant time) throws Refusal {
        Jws token = Jws.verify(text, keys, time);
        Json.Obj claims = token.claims();
        if (!ISSUER.equals(claims.text("iss"))) {
            throw refusal("ISSUER", "another issuer", ISSUER);
        }
        long now = time.getEpochSecond();
        long leeway = LEEWAY.toSeconds();
        long notBefore = seconds(claims, "nbf", "NOT_YET_VALID");
        if (notBefore - leeway > now) {
            throw refusal("NOT_YET_VALID", "valid from second " + notBefore, "at most " + (now + leeway));
        }
        long expires = seconds(claims, "exp", "EXPIRED");
        if (expires + leeway < now) {
            throw refusal("EXPIRED", "valid until second " + expires, "at least " + (now - leeway));
        }
        long issued = seconds(claims, "iat", "LIFETIME");
        if (issued - leeway > now) {
            throw refusal("NOT_YET_VALID", "issued at second " + issued, "at most " + (now + leeway));
        }
        if (expires < issued || expires - issued > MAX_LIFETIME.toSeconds()) {
            throw refusal("LIFETIME", "a life of " + (expires - issued) + " s", "0 to " + MAX_LIFETIME.toSeconds());
        }
        checks.expiresAt(Instant.ofEpochSecond(expires).plus(LEEWAY));
        checks.expiresAt(token.keyExpires());
        return claims;
    }

    private static long seconds(Json.Obj claims, String name, String code) throws Refusal {
        if (claims.get(name) instanceof Json.Int value
                && value.nonNegative()
                && !value.unsigned()
                && value.bits() <= MAX_TIME) {
            return value.bits();
        }
        throw refusal(code, "no time in the claim " + name, "whole seconds since 1970");
    }

    private static String checkOverall(Json.Obj claims, GpuNonce nonce) throws Refusal {
        String version = claims.text("x-nvidia-ver");
        if (version == null || !BOOLEANS_OF_VERSION.containsKey(version)) {
            throw refusal("CLAIMS_VERSION", "another version of claims", "2.0 or 3.0");
        }
        if (!SUBJECT.equals(claims.text("sub"))) {
            throw refusal("CLAIM", "another subject", SUBJECT);
        }
        checkNonce(claims, nonce);
        if (!isTrue(claims, "x-nvidia-overall-att-result")) {
            throw refusal("OVERALL_RESULT", "a result that is not true", "x-nvidia-overall-att-result true");
        }
        return version;
    }

    private static boolean isTrue(Json.Obj claims, String name) {
        return claims.get(name) instanceof Json.Bool value && value.value();
    }

    private static void checkNonce(Json.Obj claims, GpuNonce nonce) throws Refusal {
        String text = claims.text("eat_nonce");
        Bytes value = Bytes.empty();
        try {
            value = text == null ? value : Bytes.fromHex(text);
        } catch (IllegalArgumentException e) {
            // Not hexadecimal: equal to no nonce.
        }
        if (!value.equals(nonce.value())) {
            throw refusal("NONCE", "another nonce, or none", nonce.value().toHex());
        }
    }

    private static void checkSubmodules(Json.Obj overall, Reply reply, OptionalInt expected) throws Refusal {
        if (!(overall.get("submods") instanceof Json.Obj submodules)
                || !submodules.members().keySet().equals(reply.devices().keySet())) {
            throw refusal("SUBMOD_SET", "labels that differ between overall and device tokens", "the same labels");
        }
        for (Map.Entry<String, String> each : reply.devices().entrySet()) {
            if (!isDigest(submodules.get(each.getKey()), each.getValue())) {
                throw refusal(
                        "SUBMOD_DIGEST",
                        "a device token that the overall token does not name",
                        "[\"DIGEST\", [\"SHA-256\", hexadecimal SHA-256 of the token]]");
            }
        }
        int count = reply.devices().size();
        if (expected.isPresent() ? count != expected.getAsInt() : count == 0) {
            throw refusal(
                    "DEVICE_COUNT",
                    count + " devices",
                    expected.isPresent() ? String.valueOf(expected.getAsInt()) : "at least 1");
        }
    }

    private static boolean isDigest(@Nullable Json entry, String token) {
        return entry instanceof Json.Arr outer
                && outer.items().size() == 2
                && outer.items().get(0) instanceof Json.Str kind
                && kind.value().equals("DIGEST")
                && outer.items().get(1) instanceof Json.Arr digest
                && digest.items().size() == 2
                && digest.items().get(0) instanceof Json.Str algorithm
                && algorithm.value().equals("SHA-256")
                && digest.items().get(1) instanceof Json.Str value
                && value.value().equalsIgnoreCase(VendorSignatures.hex(Signatures.sha256(Bytes.utf8(token))));
    }

    private static void checkDevice(Json.Obj claims, String version, GpuNonce nonce, Set<String> identities)
            throws Refusal {
        if (claims.has("x-nvidia-error-details")) {
            long code = claims.get("x-nvidia-error-details") instanceof Json.Obj details
                            && details.get("code") instanceof Json.Int number
                    ? number.saturated()
                    : -1;
            throw refusal("DEVICE_ERROR", "an error of the service, code " + code, "a judgement");
        }
        checkNonce(claims, nonce);
        String ueid = claims.text("ueid");
        if (ueid == null || ueid.isEmpty() || ueid.length() > MAX_TEXT) {
            throw refusal("CLAIM", "a device without ueid", "the serial number of its certificate");
        }
        if (!identities.add(ueid)) {
            throw refusal("DEVICE_DUPLICATE", "one GPU twice", "every GPU once");
        }
        if (!"success".equals(claims.text("measres"))) {
            throw refusal("MEASUREMENTS", "measurements that do not match", "measres success");
        }
        if (!"disabled".equals(claims.text("dbgstat"))) {
            throw refusal("DEBUG", "a debug status that is not disabled", "dbgstat disabled");
        }
        if (!isTrue(claims, "secboot")) {
            throw refusal("SECURE_BOOT", "secure boot that is not true", "secboot true");
        }
        List<String> names = Stream.concat(
                        BOOLEANS.stream(), BOOLEANS_OF_VERSION.getOrDefault(version, List.of()).stream())
                .toList();
        for (String name : names) {
            if (!isTrue(claims, GPU + name)) {
                throw refusal("CLAIM", "claim " + GPU + name + " is not true", "true");
            }
        }
        if (version.equals("3.0")) {
            for (String name : CHAINS) {
                checkStatus(claims.get(GPU + name), GPU + name);
            }
        }
    }

    private static void checkStatus(@Nullable Json value, String name) throws Refusal {
        if (!(value instanceof Json.Obj chain)
                || !"valid".equals(chain.text("x-nvidia-cert-status"))
                || !"good".equals(chain.text("x-nvidia-cert-ocsp-status"))
                || !isTrueOrAbsent(chain, "x-nvidia-cert-ocsp-nonce-matches")
                || !isTrueOrAbsent(chain, "x-nvidia-cert-ocsp-response-valid")) {
            throw refusal("CERT_STATUS", "certificates of " + name + " that are not valid and good", "valid, good");
        }
    }

    private static boolean isTrueOrAbsent(Json.Obj chain, String name) {
        return !chain.has(name) || isTrue(chain, name);
    }

    private static NrasAppraisal.Device device(String label, Json.Obj claims) {
        return new NrasAppraisal.Device(
                label,
                text(claims, "ueid"),
                text(claims, "hwmodel"),
                text(claims, GPU + "driver-version"),
                text(claims, GPU + "vbios-version"),
                warning(claims.get("x-nvidia-attestation-warning")));
    }

    private static String text(Json.Obj claims, String name) {
        String value = claims.text(name);
        return value == null || value.length() > MAX_TEXT ? "" : value;
    }

    private static Optional<String> warning(@Nullable Json value) {
        if (value == null || value == Json.Null.NULL) {
            return Optional.empty();
        }
        return Optional.of(
                value instanceof Json.Str text && text.value().length() <= MAX_TEXT
                        ? text.value()
                        : "a warning that is no short text");
    }

    private static void checkPolicy(NrasAppraisal.Device device, NrasExpectations expectations) throws Refusal {
        Optional<List<String>> prefixes = expectations.modelPrefixes();
        if (prefixes.isPresent() && prefixes.get().stream().noneMatch(device.model()::startsWith)) {
            throw refusal("MODEL", "model " + printable(device.model()), "one of " + prefixes.get());
        }
        Optional<Set<String>> versions = expectations.driverVersions();
        if (versions.isPresent() && !versions.get().contains(device.driverVersion())) {
            throw refusal("DRIVER_VERSION", "driver " + printable(device.driverVersion()), "one of " + versions.get());
        }
        if (expectations.refuseWarnings() && device.warning().isPresent()) {
            throw refusal("WARNING", "a warning: " + printable(device.warning().get()), "none");
        }
    }

    private static String printable(String text) {
        return text.replaceAll("[^ -~]", "?");
    }

    private static Refusal refusal(String code, String seen, String wanted) {
        return new Refusal(code, seen, wanted, RULE, "ask the service for new tokens, with a fresh nonce");
    }
}
