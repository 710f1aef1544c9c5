package io.cocoon.tee.nvidia;

import io.cocoon.tl.Bytes;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.security.interfaces.ECPublicKey;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Replies of an attestation service of our own. Change the members of a claim set, then make the reply. */
final class NrasWorld {

    static final KeyPair KEY = GpuWorld.keyPair();
    static final long NOW = GpuWorld.NOW.getEpochSecond();

    private static final List<String> TRUE_CLAIMS = List.of(
            "arch-check",
            "attestation-report-parsed",
            "attestation-report-nonce-match",
            "attestation-report-signature-verified",
            "attestation-report-cert-chain-fwid-match",
            "driver-rim-fetched",
            "driver-rim-schema-validated",
            "driver-rim-signature-verified",
            "driver-rim-version-match",
            "driver-rim-measurements-available",
            "vbios-rim-fetched",
            "vbios-rim-schema-validated",
            "vbios-rim-signature-verified",
            "vbios-rim-version-match",
            "vbios-rim-measurements-available",
            "vbios-index-no-conflict");

    private static final String GOOD_CHAIN =
            "{\"x-nvidia-cert-status\":\"valid\",\"x-nvidia-cert-ocsp-status\":\"good\"}";

    String header = "{\"kid\":\"key-1\",\"alg\":\"ES384\"}";
    final Map<String, String> overall = common();
    final Map<String, Map<String, String>> devices = new LinkedHashMap<>();

    /** Makes a reply about so many good GPUs. */
    NrasWorld(int count) {
        overall.put("sub", "\"NVIDIA-PLATFORM-ATTESTATION\"");
        overall.put("x-nvidia-ver", "\"3.0\"");
        overall.put("x-nvidia-overall-att-result", "true");
        for (int i = 0; i < count; i++) {
            Map<String, String> device = common();
            device.put("ueid", "\"" + (1000 + i) + "\"");
            device.put("hwmodel", "\"GH100 A01 GSP BROM\"");
            device.put("measres", "\"success\"");
            device.put("dbgstat", "\"disabled\"");
            device.put("secboot", "true");
            device.put("x-nvidia-gpu-driver-version", "\"595.58.03\"");
            device.put("x-nvidia-attestation-warning", "null");
            TRUE_CLAIMS.forEach(name -> device.put("x-nvidia-gpu-" + name, "true"));
            for (String chain : List.of("attestation-report", "driver-rim", "vbios-rim")) {
                device.put("x-nvidia-gpu-" + chain + "-cert-chain", GOOD_CHAIN);
            }
            devices.put("GPU-" + i, device);
        }
    }

    private static Map<String, String> common() {
        Map<String, String> claims = new LinkedHashMap<>();
        claims.put("iss", "\"" + NrasTokens.ISSUER + "\"");
        claims.put("iat", String.valueOf(NOW - 60));
        claims.put("nbf", String.valueOf(NOW - 60));
        claims.put("exp", String.valueOf(NOW - 60 + 3600));
        claims.put("eat_nonce", "\"" + GpuWorld.NONCE.toHex() + "\"");
        return claims;
    }

    Map<String, String> device() {
        return devices.values().iterator().next();
    }

    Map<String, String> device(int position) {
        return List.copyOf(devices.values()).get(position);
    }

    static String json(Map<String, String> claims) {
        List<String> members = new ArrayList<>();
        claims.forEach((name, value) -> members.add("\"" + name + "\":" + value));
        return "{" + String.join(",", members) + "}";
    }

    static String base64Url(byte[] content) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(content);
    }

    static String token(String header, String claims, KeyPair key) {
        String signed = base64Url(header.getBytes(StandardCharsets.UTF_8)) + "."
                + base64Url(claims.getBytes(StandardCharsets.UTF_8));
        return signed + "."
                + base64Url(GpuWorld.rawSignature(key.getPrivate(), signed.getBytes(StandardCharsets.US_ASCII)));
    }

    Bytes reply() {
        Map<String, String> tokens = new LinkedHashMap<>();
        devices.forEach((label, device) -> tokens.put(label, token(header, json(device), KEY)));
        Map<String, String> digests = new LinkedHashMap<>();
        tokens.forEach((label, token) -> digests.put(label, "[\"DIGEST\",[\"SHA-256\",\"" + digest(token) + "\"]]"));
        Map<String, String> claims = new LinkedHashMap<>(overall);
        claims.putIfAbsent("submods", json(digests));
        Map<String, String> quoted = new LinkedHashMap<>();
        tokens.forEach((label, token) -> quoted.put(label, "\"" + token + "\""));
        return Bytes.utf8("[[\"JWT\",\"" + token(header, json(claims), KEY) + "\"]," + json(quoted) + "]");
    }

    static String digest(String token) {
        return GpuWorld.make(() -> VendorSignatures.hex(
                MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.US_ASCII))));
    }

    static String jwk(String kid, KeyPair key) {
        ECPublicKey publicKey = (ECPublicKey) key.getPublic();
        return "{\"kty\":\"EC\",\"crv\":\"P-384\",\"kid\":\"" + kid + "\",\"x\":\""
                + coordinate(publicKey.getW().getAffineX()) + "\",\"y\":\""
                + coordinate(publicKey.getW().getAffineY()) + "\"}";
    }

    private static String coordinate(BigInteger value) {
        byte[] fixed = new byte[48];
        byte[] bytes = value.toByteArray();
        int length = Math.min(48, bytes.length);
        System.arraycopy(bytes, bytes.length - length, fixed, 48 - length, length);
        return base64Url(fixed);
    }

    static NrasKeys keys(String... jwks) {
        return GpuWorld.make(() ->
                NrasKeys.read(Bytes.utf8("{\"keys\":[" + String.join(",", jwks) + "]}"), NrasTrust.ofKeySetItself()));
    }
}
