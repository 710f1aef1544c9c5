package io.cocoon.testkit.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import io.cocoon.tee.AttestationCheck;
import io.cocoon.tee.nvidia.GpuNonce;
import io.cocoon.tee.nvidia.NrasExpectations;
import io.cocoon.tee.nvidia.NrasKeys;
import io.cocoon.tee.nvidia.NrasTokens;
import io.cocoon.tee.nvidia.NrasTrust;
import io.cocoon.tl.Bytes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Replies of NVIDIA's remote attestation service, genuine and synthetic. 2026 part of the TEE dossier, 10.3. */
final class NrasKind implements ConformanceKind {

    private static final Set<String> POLICY_MEMBERS =
            Set.of("expected_devices", "allowed_hwmodel_prefixes", "allowed_driver_versions", "refuse_warnings");

    /** Keys recovered from the two signatures of each genuine sample: x, y, and the code that is wanted. */
    private static final String HOPPER_X =
            "4b171a7ecb82c76918ae4d8ebe8294f2a5ca710d9b957029ba6e9d963cb9b2ef33295757a8edd6377b06539688eddb95";

    private static final String HOPPER_Y =
            "664b9e2ec650ca5ed1bc4ec3cd54a1395b501128a8ca74d82cc73bf2b2c9dbc84edf5c39691ca25109c4d9dc10f67932";

    private static final Map<String, List<String>> SAMPLES = Map.of(
            "hopper-v3.json",
            List.of(HOPPER_X, HOPPER_Y, ""),
            "switch-v3-staging.json",
            List.of(
                    "ba10c8a046e28614c4cd974e7d3408e405b972b55d4a480214927759e83b4ce5452976fa5cccf72cc466b1164bf15ba4",
                    "fbbc680aeab3b31a2689068bd5c3ef3670182529b9d162eaf9b373b216cd0281441045b3d73604ea5741bccf48d1b332",
                    "ISSUER"));

    /** Whatever else is there: readable, and signed by a key that we do not have. */
    private static final List<String> UNKNOWN_SAMPLE = List.of(HOPPER_X, HOPPER_Y, "KEY_UNKNOWN");

    @Override
    public boolean accepts(String path) {
        return path.matches("nvidia/nras/[^/]+/cases\\.json") || path.matches("nvidia/nras/sdk-sample/[^/]+\\.json");
    }

    @Override
    public void check(Path root, String path, ConformanceReport report) throws IOException {
        Path file = root.resolve(path);
        if (!path.endsWith("/cases.json")) {
            Bytes reply = Bytes.wrapUnshared(Files.readAllBytes(file));
            String name = String.valueOf(file.getFileName());
            report.run(path, name, () -> checkSample(name, reply));
            return;
        }
        JsonNode suite = JsonLines.parse(Files.readString(file));
        for (JsonNode each : suite.path("cases")) {
            Path response = file.resolveSibling(each.path("response").asText());
            Path keys = file.resolveSibling(each.path("jwks").asText());
            if (!Files.isRegularFile(response) || !Files.isRegularFile(keys)) {
                report.absent(path);
                continue;
            }
            report.run(
                    path,
                    each.path("id").asText(),
                    () -> checkCase(
                            each,
                            Bytes.wrapUnshared(Files.readAllBytes(response)),
                            NrasKeys.read(Bytes.wrapUnshared(Files.readAllBytes(keys)), trust(suite, file))));
        }
    }

    private static NrasTrust trust(JsonNode suite, Path file) throws IOException {
        if (!suite.has("pinned_root")) {
            return NrasTrust.nvidia();
        }
        Path root = file.resolveSibling(suite.path("pinned_root").asText());
        return NrasTrust.root(Bytes.wrapUnshared(Files.readAllBytes(root)));
    }

    private static void checkCase(JsonNode each, Bytes reply, NrasKeys keys) {
        String code = code(
                reply,
                keys,
                JsonLines.hex(each, "expected_nonce"),
                Instant.parse(each.path("verify_at").asText()),
                expectations(each.path("policy")));
        JsonLines.requireEqual(
                each.path("expect").asText().equals("accept"), code.isEmpty(), "acceptance, refused by " + code);
        String wanted = each.path("reason").asText();
        boolean eitherOrder = wanted.equals("SUBMOD_DIGEST") && code.equals("ALGORITHM");
        if (!eitherOrder) {
            JsonLines.requireEqual(wanted, code, "reason");
        }
    }

    private static NrasExpectations expectations(JsonNode policy) {
        policy.fieldNames().forEachRemaining(name -> {
            if (!POLICY_MEMBERS.contains(name)) {
                throw new AssertionError("a policy that is not understood: " + name);
            }
        });
        NrasExpectations wanted =
                NrasExpectations.devices(policy.path("expected_devices").asInt(1));
        if (policy.has("allowed_hwmodel_prefixes")) {
            wanted = wanted.withModelPrefixes(texts(policy.path("allowed_hwmodel_prefixes")));
        }
        if (policy.has("allowed_driver_versions")) {
            wanted = wanted.withDriverVersions(new HashSet<>(texts(policy.path("allowed_driver_versions"))));
        }
        return policy.path("refuse_warnings").asBoolean() ? wanted.refusingWarnings() : wanted;
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(text -> texts.add(text.asText()));
        return texts;
    }

    private static String code(Bytes reply, NrasKeys keys, Bytes nonce, Instant time, NrasExpectations expectations) {
        return NrasTokens.verify(reply, keys, GpuNonce.unbound(nonce), time, expectations)
                .firstFailure()
                .map(AttestationCheck::code)
                .orElse("");
    }

    /** A genuine reply; its key set was not published, so that the recovered key stands for it. */
    private static void checkSample(String name, Bytes reply) throws IOException {
        boolean known = SAMPLES.containsKey(name);
        List<String> sample = SAMPLES.getOrDefault(name, UNKNOWN_SAMPLE);
        String[] parts =
                JsonLines.parse(reply.toUtf8()).path(0).path(1).asText().split("\\.", -1);
        String kid = decoded(parts[0]).path("kid").asText();
        JsonNode claims = decoded(parts[1]);
        String set = "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-384\",\"kid\":\"" + (known ? kid : "other") + "\",\"x\":\""
                + base64Url(sample.get(0)) + "\",\"y\":\"" + base64Url(sample.get(1)) + "\"}]}";
        JsonLines.requireEqual(
                sample.get(2),
                code(
                        reply,
                        NrasKeys.read(Bytes.utf8(set), NrasTrust.ofKeySetItself()),
                        JsonLines.hex(claims, "eat_nonce"),
                        Instant.ofEpochSecond(claims.path("iat").asLong() + 60),
                        NrasExpectations.devices(1)),
                "code");
    }

    private static JsonNode decoded(String part) throws IOException {
        return JsonLines.parse(new String(Base64.getUrlDecoder().decode(part), StandardCharsets.UTF_8));
    }

    private static String base64Url(String hex) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(Bytes.fromHex(hex).toByteArray());
    }
}
