package io.cocoon.tee.policy;

import io.cocoon.tee.nvidia.GpuArchitecture;
import io.cocoon.tee.nvidia.GpuTrust;
import io.cocoon.tee.nvidia.NrasExpectations;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What a policy demands of GPUs. Immutable. TEE dossier 10.2; its 2026 part, 10.
 *
 * <p>The network's certificates carry no GPU evidence (TEE dossier T18, 2026 part D22), so a policy that requires it refuses
 * every peer of a plain handshake; it is for bundles with a {@link GpuBundle}, which software that asks its peer itself makes.
 *
 * @param required whether verified GPU evidence must be there. If not, none is looked at, and the rest is as in {@link #NONE}
 * @param proofs what is believed; at least one if GPUs are required
 * @param architectures allowed generations
 * @param devices how many GPUs must be shown, 1 to 32, each once; empty for any number from one on
 * @param minimumDriver for example {@code 570.172.08}, compared number by number; empty for no demand
 * @param minimumVbios for example {@code 96.00.74.00.20}, bytes in hexadecimal, compared one by one; a generation without an
 *     entry has none
 * @param tolerated what does not refuse although it is found
 */
public record GpuRules(
        boolean required,
        Set<GpuProof> proofs,
        AllowList<GpuArchitecture> architectures,
        OptionalInt devices,
        Optional<String> minimumDriver,
        Map<GpuArchitecture, String> minimumVbios,
        Set<GpuFinding> tolerated) {

    /** Nothing is demanded and nothing is looked at. */
    public static final GpuRules NONE =
            new GpuRules(false, Set.of(), AllowList.any(), OptionalInt.empty(), Optional.empty(), Map.of(), Set.of());

    /** One GPU of any known generation, its own report, bound to the peer's key; nothing is tolerated. */
    public static final GpuRules STRICT = new GpuRules(
            true, Set.of(GpuProof.REPORTS), AllowList.any(), OptionalInt.of(1), Optional.empty(), Map.of(), Set.of());

    private static final Pattern DRIVER = Pattern.compile("[0-9]{1,9}(\\.[0-9]{1,9}){0,5}");
    private static final Pattern VBIOS = Pattern.compile("[0-9A-Fa-f]{1,2}(\\.[0-9A-Fa-f]{1,2}){0,7}");

    /**
     * @throws IllegalArgumentException if a value is out of its range, or demands stand without 'required'
     */
    public GpuRules {
        proofs = Set.copyOf(proofs);
        minimumVbios = Map.copyOf(minimumVbios);
        tolerated = Set.copyOf(tolerated);
        if (required && proofs.isEmpty()) {
            throw new IllegalArgumentException("GPUs are required, but nothing that shows them is believed");
        }
        if (devices.isPresent() && (devices.getAsInt() < 1 || devices.getAsInt() > NrasExpectations.MAX_DEVICES)) {
            throw new IllegalArgumentException(
                    "1 to " + NrasExpectations.MAX_DEVICES + " GPUs, got " + devices.getAsInt());
        }
        minimumDriver.ifPresent(version -> requireVersion(DRIVER, "a driver version is numbers", version));
        minimumVbios
                .values()
                .forEach(version -> requireVersion(VBIOS, "a VBIOS version is bytes in hexadecimal digits", version));
        boolean demands = !proofs.isEmpty()
                || !architectures.isAny()
                || devices.isPresent()
                || minimumDriver.isPresent()
                || !minimumVbios.isEmpty()
                || !tolerated.isEmpty();
        if (!required && demands) {
            throw new IllegalArgumentException("rules for GPUs without 'required' would demand nothing");
        }
    }

    private static void requireVersion(Pattern form, String what, String version) {
        if (!form.matcher(version).matches()) {
            throw new IllegalArgumentException(what + " with dots between them, got " + StrictObject.quote(version));
        }
    }

    /** Returns the same, believing exactly these proofs. */
    public GpuRules believing(Set<GpuProof> all) {
        return new GpuRules(required, all, architectures, devices, minimumDriver, minimumVbios, tolerated);
    }

    /** Returns the same for these generations only; an empty collection allows none. */
    public GpuRules onlyArchitectures(Collection<GpuArchitecture> allowed) {
        return new GpuRules(required, proofs, AllowList.only(allowed), devices, minimumDriver, minimumVbios, tolerated);
    }

    /** Returns the same for exactly so many GPUs, 1 to 32. */
    public GpuRules exactly(int count) {
        return new GpuRules(
                required, proofs, architectures, OptionalInt.of(count), minimumDriver, minimumVbios, tolerated);
    }

    /** Returns the same for any number of GPUs from one on. */
    public GpuRules anyNumber() {
        return new GpuRules(
                required, proofs, architectures, OptionalInt.empty(), minimumDriver, minimumVbios, tolerated);
    }

    /** Returns the same with a least version of the driver. */
    public GpuRules atLeastDriver(String version) {
        return new GpuRules(required, proofs, architectures, devices, Optional.of(version), minimumVbios, tolerated);
    }

    /** Returns the same with a least version of a generation's VBIOS. */
    public GpuRules atLeastVbios(GpuArchitecture of, String version) {
        Map<GpuArchitecture, String> more = new EnumMap<>(GpuArchitecture.class);
        more.putAll(minimumVbios);
        more.put(of, version);
        return new GpuRules(required, proofs, architectures, devices, minimumDriver, more, tolerated);
    }

    /** Returns the same, tolerating a finding. */
    public GpuRules tolerating(GpuFinding finding) {
        Set<GpuFinding> more = new HashSet<>(tolerated);
        more.add(finding);
        return new GpuRules(required, proofs, architectures, devices, minimumDriver, minimumVbios, more);
    }

    /** Returns whether a version of the driver is at least the demanded one; false if it is no version. */
    boolean allowsDriver(String version) {
        return minimumDriver.isEmpty() || isAtLeast(DRIVER, 10, version, minimumDriver.get());
    }

    /** Returns whether a version of the VBIOS is at least the demanded one; false if it is no version. */
    boolean allowsVbios(GpuArchitecture of, String version) {
        String least = minimumVbios.get(of);
        return least == null || isAtLeast(VBIOS, 16, version, least);
    }

    private static boolean isAtLeast(Pattern form, int radix, String version, String least) {
        if (!form.matcher(version).matches()) {
            return false;
        }
        String[] seen = version.split("\\.");
        String[] wanted = least.split("\\.");
        for (int i = 0; i < wanted.length; i++) {
            int a = i < seen.length ? Integer.parseInt(seen[i], radix) : 0;
            int b = Integer.parseInt(wanted[i], radix);
            if (a != b) {
                return a > b;
            }
        }
        return true;
    }

    /** Returns the trust with what these rules tolerate. */
    GpuTrust applyTo(GpuTrust roots) {
        GpuTrust trust =
                tolerated.contains(GpuFinding.RIM_CERTIFICATE_HOLD) ? roots.toleratingRimCertificateHold() : roots;
        return tolerated.contains(GpuFinding.MISSING_FWID) ? trust.toleratingMissingFwid() : trust;
    }

    /** Returns what is expected of tokens; models, versions and count are judged for both proofs alike. */
    NrasExpectations expectations() {
        return tolerated.contains(GpuFinding.TOKEN_WARNING)
                ? NrasExpectations.anyNumber()
                : NrasExpectations.anyNumber().refusingWarnings();
    }
}
