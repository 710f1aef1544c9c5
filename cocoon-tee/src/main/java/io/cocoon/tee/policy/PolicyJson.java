package io.cocoon.tee.policy;

import io.cocoon.internal.json.Json;
import io.cocoon.internal.json.JsonPrinter;
import io.cocoon.tee.sevsnp.SnpProduct;
import io.cocoon.tee.sevsnp.SnpTcb;
import io.cocoon.tee.tdx.TcbStatus;
import io.cocoon.tee.tdx.TdFinding;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** Policies as JSON, version 1; the format stands in docs/attestation.md. */
final class PolicyJson {

    /** Longest policy document: room for more than ten thousand image hashes. */
    static final int MAX_BYTES = 1 << 20;

    private static final String VERSION = "cocoonAttestationPolicy";
    private static final String ANY = "any";
    private static final int MAX_LIFETIME_SECONDS = 366 * 86_400;
    private static final Pattern ADVISORY = Pattern.compile("INTEL-SA-[0-9]{5}");

    private PolicyJson() {}

    static void requireAdvisory(String id) {
        if (!ADVISORY.matcher(id).matches()) {
            throw new IllegalArgumentException(
                    "an advisory is INTEL-SA- and five digits, got " + StrictObject.quote(id));
        }
    }

    static AttestationPolicy read(Bytes json) throws PolicyException {
        return read(StrictObject.document(json, MAX_BYTES));
    }

    static AttestationPolicy read(StrictObject in) throws PolicyException {
        in.number(VERSION, 1, 1);
        String name = in.text("name");
        Set<Tee> tees = tees(in);
        AllowList<Int256> images = in.isWord("imageHashes", ANY)
                ? AllowList.any()
                : AllowList.only(in.hexes("imageHashes", Int256.BYTES).stream()
                        .map(hash -> Int256.of(hash.toByteArray()))
                        .toList());
        Duration lifetime = in.has("maxCertificateLifetimeSeconds")
                ? Duration.ofSeconds(in.number("maxCertificateLifetimeSeconds", 1, MAX_LIFETIME_SECONDS))
                : AttestationPolicy.DEFAULT_CERTIFICATE_LIFETIME;
        TdxRules tdx = in.has("tdx") ? tdx(in.object("tdx")) : TdxRules.STRICT;
        SnpRules snp = in.has("sevSnp") ? snp(in.object("sevSnp")) : SnpRules.STRICT;
        GpuRules gpu = in.has("gpu") ? GpuJson.readRules(in.object("gpu")) : GpuRules.NONE;
        if (in.has("tdx") && !tees.contains(Tee.TDX)) {
            throw new PolicyException("$.tdx", "rules for trust domains", "'tdx' among the tees, or no such rules");
        }
        if (in.has("sevSnp") != tees.contains(Tee.SEV_SNP)) {
            throw new PolicyException(
                    "$.sevSnp",
                    in.has("sevSnp") ? "rules for SEV-SNP guests" : "no rules",
                    "rules, at least 'software', exactly if 'sev-snp' is among the tees");
        }
        in.end();
        try {
            return new AttestationPolicy(name, tees, images, lifetime, tdx, snp, gpu);
        } catch (IllegalArgumentException e) {
            throw new PolicyException("$", String.valueOf(e.getMessage()), "a policy within its bounds");
        }
    }

    private static Set<Tee> tees(StrictObject in) throws PolicyException {
        Set<Tee> tees = EnumSet.noneOf(Tee.class);
        List<Json> items = in.array("tees");
        for (int i = 0; i < items.size(); i++) {
            String place = in.place("tees") + "[" + i + "]";
            String word = StrictObject.text(place, items.get(i));
            Tee tee = word.equals(Tee.TDX.word()) ? Tee.TDX : word.equals(Tee.SEV_SNP.word()) ? Tee.SEV_SNP : null;
            if (tee == null || !tees.add(tee)) {
                throw new PolicyException(place, StrictObject.quote(word), "'tdx' and 'sev-snp', each at most once");
            }
        }
        return tees;
    }

    private static TdxRules tdx(StrictObject in) throws PolicyException {
        AllowList<Bytes> mrTd = registers(in, "mrtd");
        AllowList<List<Bytes>> rtmrs = rtmrs(in);
        Map<TcbStatus, Integer> tolerated = new EnumMap<>(TcbStatus.class);
        if (in.has("tolerateStatusDays")) {
            StrictObject days = in.object("tolerateStatusDays");
            for (TcbStatus status : TcbStatus.values()) {
                if (status != TcbStatus.REVOKED && status != TcbStatus.UP_TO_DATE && days.has(status.word())) {
                    tolerated.put(status, days.number(status.word(), 0, TdxRules.MAX_DAYS));
                }
            }
            days.end();
        }
        int evaluation = in.has("minTcbEvaluation") ? in.number("minTcbEvaluation", 0, Integer.MAX_VALUE) : 0;
        Instant date = in.has("minTcbDate") ? in.time("minTcbDate") : Instant.EPOCH;
        Set<String> advisories = new HashSet<>();
        for (String id : strings(in, "refuseAdvisories")) {
            if (!ADVISORY.matcher(id).matches()) {
                throw new PolicyException(
                        in.place("refuseAdvisories"), StrictObject.quote(id), "INTEL-SA- and five digits");
            }
            advisories.add(id);
        }
        Set<TdFinding> findings = EnumSet.noneOf(TdFinding.class);
        for (String finding : strings(in, "tolerateFindings")) {
            findings.add(finding(in.place("tolerateFindings"), finding));
        }
        Set<Bytes> serviceTds =
                in.has("serviceTds") ? Set.copyOf(in.hexes("serviceTds", TdxRules.REGISTER_BYTES)) : Set.of();
        Set<Bytes> roots = in.has("collateralRoots")
                ? Set.copyOf(in.hexes("collateralRoots", TdxRules.REGISTER_BYTES))
                : TdxRules.STRICT.collateralRoots();
        in.end();
        return new TdxRules(mrTd, rtmrs, tolerated, evaluation, date, advisories, findings, serviceTds, roots);
    }

    private static TdFinding finding(String place, String word) throws PolicyException {
        Set<String> possible = new java.util.TreeSet<>();
        for (TdFinding finding : TdFinding.values()) {
            if (!TdxRules.NEVER.contains(finding)) {
                if (finding.name().equals(word)) {
                    return finding;
                }
                possible.add(finding.name());
            }
        }
        throw new PolicyException(
                place, StrictObject.quote(word), "one of " + possible + "; others cannot be tolerated");
    }

    private static AllowList<List<Bytes>> rtmrs(StrictObject in) throws PolicyException {
        if (!in.has("rtmrs") || in.isWord("rtmrs", ANY)) {
            return AllowList.any();
        }
        List<List<Bytes>> sets = new ArrayList<>();
        List<Json> items = in.array("rtmrs");
        for (int i = 0; i < items.size(); i++) {
            String place = in.place("rtmrs") + "[" + i + "]";
            List<Json> registers = StrictObject.array(place, items.get(i));
            if (registers.size() != TdxRules.RTMRS) {
                throw new PolicyException(place, registers.size() + " registers", TdxRules.RTMRS + ", RTMR 0 to 3");
            }
            List<Bytes> set = new ArrayList<>();
            for (int r = 0; r < TdxRules.RTMRS; r++) {
                set.add(StrictObject.hex(place + "[" + r + "]", registers.get(r), TdxRules.REGISTER_BYTES));
            }
            sets.add(List.copyOf(set));
        }
        return AllowList.only(sets);
    }

    private static AllowList<Bytes> registers(StrictObject in, String name) throws PolicyException {
        return list(in, name, TdxRules.REGISTER_BYTES);
    }

    private static AllowList<Bytes> list(StrictObject in, String name, int bytes) throws PolicyException {
        return !in.has(name) || in.isWord(name, ANY) ? AllowList.any() : AllowList.only(in.hexes(name, bytes));
    }

    private static List<String> strings(StrictObject in, String name) throws PolicyException {
        List<String> all = new ArrayList<>();
        if (in.has(name)) {
            List<Json> items = in.array(name);
            for (int i = 0; i < items.size(); i++) {
                all.add(StrictObject.text(in.place(name) + "[" + i + "]", items.get(i)));
            }
        }
        return all;
    }

    private static SnpRules snp(StrictObject in) throws PolicyException {
        String word = in.text("software");
        SnpRules.Software software = null;
        for (SnpRules.Software each : SnpRules.Software.values()) {
            software = each.word().equals(word) ? each : software;
        }
        if (software == null) {
            throw new PolicyException(
                    in.place("software"), StrictObject.quote(word), "'measured-boot' or 'firmware-only-accepted'");
        }
        Set<Integer> vmpls = SnpRules.STRICT.vmpls();
        if (in.has("vmpls")) {
            vmpls = new HashSet<>();
            for (Json level : in.array("vmpls")) {
                vmpls.add(StrictObject.number(in.place("vmpls"), level, 0, 3));
            }
        }
        SnpRules rules = new SnpRules(
                software,
                registers(in, "measurements"),
                list(in, "idKeyDigests", TdxRules.REGISTER_BYTES),
                list(in, "authorKeyDigests", TdxRules.REGISTER_BYTES),
                list(in, "hostData", SnpRules.HOST_DATA_BYTES),
                floors(in, "minTcb"),
                floors(in, "minLaunchTcb"),
                vmpls,
                in.flag("allowSmt", true),
                in.flag("requireSingleSocket", false),
                in.flag("allowCxl", false),
                in.flag("allowVlek", false),
                in.flag("allowMaskedChip", false),
                in.flag("allowProvisionalFirmware", true));
        in.end();
        return rules;
    }

    private static Map<SnpProduct, SnpTcb> floors(StrictObject in, String name) throws PolicyException {
        Map<SnpProduct, SnpTcb> all = new EnumMap<>(SnpProduct.class);
        if (in.has(name)) {
            StrictObject products = in.object(name);
            for (SnpProduct product : SnpProduct.values()) {
                if (products.has(product.word())) {
                    StrictObject floor = products.object(product.word());
                    all.put(
                            product,
                            new SnpTcb(
                                    product == SnpProduct.TURIN ? version(floor, "fmc") : 0,
                                    version(floor, "bootloader"),
                                    version(floor, "tee"),
                                    version(floor, "snp"),
                                    version(floor, "microcode")));
                    floor.end();
                }
            }
            products.end();
        }
        return all;
    }

    private static int version(StrictObject in, String name) throws PolicyException {
        return in.has(name) ? in.number(name, 0, 255) : 0;
    }

    static Bytes write(AttestationPolicy policy) {
        return JsonPrinter.print(toJson(policy));
    }

    static Json.Obj toJson(AttestationPolicy policy) {
        Json.Obj out = new Json.Obj();
        out.put(VERSION, new Json.Int(1));
        out.put("name", new Json.Str(policy.name()));
        Json.Arr tees = new Json.Arr();
        for (Tee tee : Tee.values()) {
            if (policy.tees().contains(tee)) {
                tees.items().add(new Json.Str(tee.word()));
            }
        }
        out.put("tees", tees);
        out.put(
                "imageHashes",
                policy.imageHashes().isAny()
                        ? new Json.Str(ANY)
                        : hexes(policy.imageHashes().values().stream()
                                .map(Int256::toBytes)
                                .toList()));
        out.put(
                "maxCertificateLifetimeSeconds",
                new Json.Int(policy.maxCertificateLifetime().toSeconds()));
        if (policy.tees().contains(Tee.TDX)) {
            out.put("tdx", tdxJson(policy.tdx()));
        }
        if (policy.tees().contains(Tee.SEV_SNP)) {
            out.put("sevSnp", snpJson(policy.snp()));
        }
        out.put("gpu", GpuJson.writeRules(policy.gpu()));
        return out;
    }

    private static Json.Obj tdxJson(TdxRules rules) {
        Json.Obj out = new Json.Obj();
        out.put("mrtd", registersJson(rules.mrTd()));
        if (rules.rtmrs().isAny()) {
            out.put("rtmrs", new Json.Str(ANY));
        } else {
            Json.Arr sets = new Json.Arr();
            rules.rtmrs().values().forEach(set -> {
                Json.Arr registers = new Json.Arr();
                set.forEach(value -> registers.items().add(new Json.Str(value.toHex())));
                sets.items().add(registers);
            });
            out.put("rtmrs", sets);
        }
        Json.Obj days = new Json.Obj();
        rules.toleratedDays().forEach((status, count) -> days.put(status.word(), new Json.Int(count)));
        out.put("tolerateStatusDays", days);
        out.put("minTcbEvaluation", new Json.Int(rules.minimumTcbEvaluation()));
        out.put("minTcbDate", new Json.Str(rules.minimumTcbDate().toString()));
        out.put("refuseAdvisories", texts(rules.refusedAdvisories()));
        out.put(
                "tolerateFindings",
                texts(rules.toleratedFindings().stream().map(Enum::name).toList()));
        out.put("serviceTds", hexes(rules.serviceTds()));
        out.put("collateralRoots", hexes(rules.collateralRoots()));
        return out;
    }

    private static Json.Obj snpJson(SnpRules rules) {
        Json.Obj out = new Json.Obj();
        out.put("software", new Json.Str(rules.software().word()));
        out.put("measurements", registersJson(rules.measurements()));
        out.put("idKeyDigests", registersJson(rules.idKeyDigests()));
        out.put("authorKeyDigests", registersJson(rules.authorKeyDigests()));
        out.put("hostData", registersJson(rules.hostData()));
        out.put("minTcb", floorsJson(rules.minimumTcb()));
        out.put("minLaunchTcb", floorsJson(rules.minimumLaunchTcb()));
        Json.Arr vmpls = new Json.Arr();
        rules.vmpls().stream().sorted().forEach(level -> vmpls.items().add(new Json.Int(level)));
        out.put("vmpls", vmpls);
        out.put("allowSmt", new Json.Bool(rules.allowSmt()));
        out.put("requireSingleSocket", new Json.Bool(rules.requireSingleSocket()));
        out.put("allowCxl", new Json.Bool(rules.allowCxl()));
        out.put("allowVlek", new Json.Bool(rules.allowVlek()));
        out.put("allowMaskedChip", new Json.Bool(rules.allowMaskedChip()));
        out.put("allowProvisionalFirmware", new Json.Bool(rules.allowProvisionalFirmware()));
        return out;
    }

    private static Json.Obj floorsJson(Map<SnpProduct, SnpTcb> floors) {
        Json.Obj out = new Json.Obj();
        floors.forEach((product, floor) -> {
            Json.Obj versions = new Json.Obj();
            versions.put("bootloader", new Json.Int(floor.bootloader()));
            versions.put("tee", new Json.Int(floor.tee()));
            versions.put("snp", new Json.Int(floor.snp()));
            versions.put("microcode", new Json.Int(floor.microcode()));
            if (product == SnpProduct.TURIN) {
                versions.put("fmc", new Json.Int(floor.fmc()));
            }
            out.put(product.word(), versions);
        });
        return out;
    }

    private static Json registersJson(AllowList<Bytes> list) {
        return list.isAny() ? new Json.Str(ANY) : hexes(list.values());
    }

    private static Json.Arr hexes(Collection<Bytes> values) {
        return texts(values.stream().map(Bytes::toHex).toList());
    }

    static Json.Arr texts(Collection<String> values) {
        Json.Arr out = new Json.Arr();
        values.stream().sorted().forEach(value -> out.items().add(new Json.Str(value)));
        return out;
    }
}
