package io.cocoon.tee.policy;

import io.cocoon.internal.json.Json;
import io.cocoon.internal.json.JsonException;
import io.cocoon.internal.json.JsonParser;
import io.cocoon.internal.json.JsonPrinter;
import io.cocoon.tee.nvidia.GpuArchitecture;
import io.cocoon.tee.nvidia.GpuCollateral;
import io.cocoon.tee.nvidia.GpuEvidence;
import io.cocoon.tee.nvidia.GpuNonce;
import io.cocoon.tee.nvidia.GpuReport;
import io.cocoon.tee.nvidia.GpuRim;
import io.cocoon.tee.nvidia.GpuVerifier;
import io.cocoon.tee.nvidia.NrasExpectations;
import io.cocoon.tee.nvidia.NrasKeys;
import io.cocoon.tee.nvidia.NrasTokens;
import io.cocoon.tee.nvidia.OcspAnswer;
import io.cocoon.tl.Bytes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** Rules for GPUs and evidence of GPUs as JSON; the formats stand in docs/attestation.md. */
final class GpuJson {

    private static final String VERSION = "cocoonGpuEvidence";
    private static final String ANY = "any";
    private static final int MAX_OCSP_NONCE_BYTES = 64;

    private GpuJson() {}

    // --- rules

    static GpuRules readRules(StrictObject in) throws PolicyException {
        boolean required = in.flag("required", false);
        GpuRules otherwise = required ? GpuRules.STRICT : GpuRules.NONE;
        Set<GpuProof> proofs = in.has("proofs") ? proofs(in) : otherwise.proofs();
        AllowList<GpuArchitecture> architectures = in.has("architectures") && !in.isWord("architectures", ANY)
                ? AllowList.only(words(in, "architectures", GpuArchitecture.class))
                : AllowList.any();
        OptionalInt devices = otherwise.devices();
        if (in.has("devices")) {
            devices = in.isWord("devices", ANY)
                    ? OptionalInt.empty()
                    : OptionalInt.of(in.number("devices", 1, NrasExpectations.MAX_DEVICES));
        }
        Optional<String> driver = in.has("minDriver") ? Optional.of(in.text("minDriver")) : Optional.empty();
        Map<GpuArchitecture, String> vbios = new EnumMap<>(GpuArchitecture.class);
        if (in.has("minVbios")) {
            StrictObject versions = in.object("minVbios");
            for (GpuArchitecture each : GpuArchitecture.values()) {
                if (versions.has(each.name())) {
                    vbios.put(each, versions.text(each.name()));
                }
            }
            versions.end();
        }
        Set<GpuFinding> tolerated = in.has("tolerate") ? words(in, "tolerate", GpuFinding.class) : Set.of();
        in.end();
        try {
            return new GpuRules(required, proofs, architectures, devices, driver, vbios, tolerated);
        } catch (IllegalArgumentException e) {
            throw new PolicyException(
                    in.place("required"), String.valueOf(e.getMessage()), "rules for GPUs within their bounds");
        }
    }

    private static Set<GpuProof> proofs(StrictObject in) throws PolicyException {
        Set<GpuProof> all = EnumSet.noneOf(GpuProof.class);
        for (Json item : in.array("proofs")) {
            String word = StrictObject.text(in.place("proofs"), item);
            boolean known = false;
            for (GpuProof each : GpuProof.values()) {
                known |= each.word().equals(word) && all.add(each);
            }
            if (!known) {
                throw new PolicyException(
                        in.place("proofs"), StrictObject.quote(word), "'reports' and 'nras-tokens', each at most once");
            }
        }
        return all;
    }

    private static <E extends Enum<E>> Set<E> words(StrictObject in, String name, Class<E> type)
            throws PolicyException {
        Set<E> all = EnumSet.noneOf(type);
        for (Json item : in.array(name)) {
            String word = StrictObject.text(in.place(name), item);
            boolean known = false;
            for (E each : type.getEnumConstants()) {
                known |= each.name().equals(word) && all.add(each);
            }
            if (!known) {
                throw new PolicyException(
                        in.place(name),
                        StrictObject.quote(word),
                        "words out of " + List.of(type.getEnumConstants()) + ", each at most once");
            }
        }
        return all;
    }

    static Json.Obj writeRules(GpuRules rules) {
        Json.Obj out = new Json.Obj();
        out.put("required", new Json.Bool(rules.required()));
        if (!rules.required()) {
            return out;
        }
        out.put(
                "proofs",
                PolicyJson.texts(rules.proofs().stream().map(GpuProof::word).toList()));
        out.put(
                "architectures",
                rules.architectures().isAny()
                        ? new Json.Str(ANY)
                        : PolicyJson.texts(rules.architectures().values().stream()
                                .map(Enum::name)
                                .toList()));
        out.put(
                "devices",
                rules.devices().isEmpty()
                        ? new Json.Str(ANY)
                        : new Json.Int(rules.devices().getAsInt()));
        rules.minimumDriver().ifPresent(version -> out.put("minDriver", new Json.Str(version)));
        Json.Obj vbios = new Json.Obj();
        rules.minimumVbios().forEach((of, version) -> vbios.put(of.name(), new Json.Str(version)));
        out.put("minVbios", vbios);
        out.put(
                "tolerate",
                PolicyJson.texts(rules.tolerated().stream().map(Enum::name).toList()));
        return out;
    }

    // --- evidence

    static boolean isFile(Bytes json) {
        try {
            return JsonParser.parseStrict(json, StrictObject.MAX_DEPTH) instanceof Json.Obj file && file.has(VERSION);
        } catch (JsonException e) {
            return false;
        }
    }

    static GpuBundle readFile(Bytes json) throws PolicyException {
        StrictObject in = StrictObject.document(json, EvidenceBundle.MAX_BYTES);
        in.number(VERSION, 1, 1);
        return read(in);
    }

    static Bytes writeFile(GpuBundle bundle) {
        Json.Obj out = new Json.Obj();
        out.put(VERSION, new Json.Int(1));
        write(out, bundle);
        return JsonPrinter.print(out);
    }

    static GpuBundle read(StrictObject in) throws PolicyException {
        Instant time = in.time("time");
        GpuBundle.Asked asked = asked(in);
        String kind = in.text("kind");
        GpuBundle.Shown shown;
        if (kind.equals(GpuProof.REPORTS.word())) {
            List<Json> items = in.array("devices");
            if (items.isEmpty() || items.size() > GpuEvidence.MAX_DEVICES) {
                throw new PolicyException(
                        in.place("devices"), items.size() + " GPUs", "1 to " + GpuEvidence.MAX_DEVICES);
            }
            List<GpuBundle.Device> devices = new ArrayList<>();
            for (int i = 0; i < items.size(); i++) {
                devices.add(device(StrictObject.of(in.place("devices") + "[" + i + "]", items.get(i))));
            }
            shown = new GpuBundle.Shown.Reports(devices);
        } else if (kind.equals(GpuProof.NRAS_TOKENS.word())) {
            shown = new GpuBundle.Shown.Tokens(
                    in.base64("reply", NrasTokens.MAX_LENGTH), in.base64("keys", NrasKeys.MAX_LENGTH));
        } else {
            throw new PolicyException(in.place("kind"), StrictObject.quote(kind), "'reports' or 'nras-tokens'");
        }
        in.end();
        return new GpuBundle(time, asked, shown);
    }

    private static GpuBundle.Asked asked(StrictObject in) throws PolicyException {
        if (in.has("nonce")) {
            return new GpuBundle.Asked.Nonce(
                    StrictObject.hex(in.place("nonce"), in.require("nonce"), GpuReport.NONCE_LENGTH));
        }
        Bytes challenge = in.base64("challenge", GpuNonce.MAX_CHALLENGE_LENGTH);
        try {
            return new GpuBundle.Asked.Challenge(challenge);
        } catch (IllegalArgumentException e) {
            throw new PolicyException(
                    in.place("challenge"),
                    challenge.length() + " bytes",
                    GpuNonce.MIN_CHALLENGE_LENGTH + " to " + GpuNonce.MAX_CHALLENGE_LENGTH);
        }
    }

    private static GpuBundle.Device device(StrictObject in) throws PolicyException {
        GpuEvidence evidence = new GpuEvidence(
                in.text("architecture"),
                in.base64("report", GpuReport.MAX_LENGTH),
                in.base64("chain", GpuVerifier.MAX_CHAIN_LENGTH),
                StrictObject.hex(in.place("nonce"), in.require("nonce"), GpuReport.NONCE_LENGTH));
        Optional<GpuCollateral> collateral =
                in.has("collateral") ? Optional.of(collateral(in.object("collateral"))) : Optional.empty();
        in.end();
        return new GpuBundle.Device(evidence, collateral);
    }

    private static GpuCollateral collateral(StrictObject in) throws PolicyException {
        List<OcspAnswer> answers = new ArrayList<>();
        List<Json> items = in.array("ocsp");
        if (items.size() > GpuCollateral.MAX_ANSWERS) {
            throw new PolicyException(
                    in.place("ocsp"), items.size() + " answers", "at most " + GpuCollateral.MAX_ANSWERS);
        }
        for (int i = 0; i < items.size(); i++) {
            StrictObject each = StrictObject.of(in.place("ocsp") + "[" + i + "]", items.get(i));
            Bytes response = each.base64("response", OcspAnswer.MAX_LENGTH);
            Bytes nonce = each.base64("nonce", MAX_OCSP_NONCE_BYTES);
            if (nonce.length() < OcspAnswer.MIN_NONCE_LENGTH) {
                throw new PolicyException(
                        each.place("nonce"), nonce.length() + " bytes", "at least " + OcspAnswer.MIN_NONCE_LENGTH);
            }
            each.end();
            answers.add(new OcspAnswer(response, nonce));
        }
        GpuCollateral collateral = new GpuCollateral(
                in.base64("driverRim", GpuRim.MAX_LENGTH), in.base64("vbiosRim", GpuRim.MAX_LENGTH), answers);
        in.end();
        return collateral;
    }

    static Json.Obj write(GpuBundle bundle) {
        Json.Obj out = new Json.Obj();
        write(out, bundle);
        return out;
    }

    private static void write(Json.Obj out, GpuBundle bundle) {
        out.put("time", new Json.Str(bundle.time().toString()));
        if (bundle.asked() instanceof GpuBundle.Asked.Challenge challenge) {
            put(out, "challenge", challenge.challenge());
        } else if (bundle.asked() instanceof GpuBundle.Asked.Nonce nonce) {
            out.put("nonce", new Json.Str(nonce.nonce().toHex()));
        }
        out.put("kind", new Json.Str(bundle.proof().word()));
        if (bundle.shown() instanceof GpuBundle.Shown.Tokens tokens) {
            put(out, "reply", tokens.reply());
            put(out, "keys", tokens.keys());
        } else if (bundle.shown() instanceof GpuBundle.Shown.Reports reports) {
            Json.Arr devices = new Json.Arr();
            reports.devices().forEach(device -> devices.items().add(write(device)));
            out.put("devices", devices);
        }
    }

    private static Json.Obj write(GpuBundle.Device device) {
        Json.Obj out = new Json.Obj();
        out.put("architecture", new Json.Str(device.evidence().architecture()));
        put(out, "report", device.evidence().report());
        put(out, "chain", device.evidence().chain());
        out.put("nonce", new Json.Str(device.evidence().nonce().toHex()));
        device.collateral().ifPresent(set -> {
            Json.Obj collateral = new Json.Obj();
            put(collateral, "driverRim", set.driverRim());
            put(collateral, "vbiosRim", set.vbiosRim());
            Json.Arr answers = new Json.Arr();
            for (OcspAnswer each : set.ocsp()) {
                Json.Obj answer = new Json.Obj();
                put(answer, "response", each.response());
                put(answer, "nonce", each.nonce());
                answers.items().add(answer);
            }
            collateral.put("ocsp", answers);
            out.put("collateral", collateral);
        });
        return out;
    }

    private static void put(Json.Obj out, String name, Bytes value) {
        out.put(name, new Json.Str(Base64.getEncoder().encodeToString(value.toByteArray())));
    }
}
