package io.cocoon.tee.policy;

import io.cocoon.tee.SimulatedEvidence;
import io.cocoon.tee.sevsnp.SnpProduct;
import io.cocoon.tee.sevsnp.SnpTcb;
import io.cocoon.tee.tdx.TcbStatus;
import io.cocoon.tee.tdx.TdFinding;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a peer has to prove, as data. Made by a {@link #builder} or out of JSON ({@link #parse}); two policies with the same
 * content are equal. Immutable.
 *
 * <p>What no policy can say: that a guest which the host can debug is acceptable, that simulated evidence is, or that none is.
 * Those are policies of other types with names of their own.
 *
 * @param name for reports: 1 to 64 letters, digits, dots, hyphens and underscores
 * @param tees the kinds of hardware that are allowed; at least one
 * @param imageHashes allowed images (TEE dossier 3.4; 2026 part, 5.1)
 * @param maxCertificateLifetime longest time from notBefore to notAfter of a peer's certificate. A quote has no nonce, so this
 *     bounds how old evidence can be; the network's certificates last one day
 * @param tdx demands of trust domains
 * @param snp demands of SEV-SNP guests
 * @param gpu demands of GPUs
 */
public record AttestationPolicy(
        String name,
        Set<Tee> tees,
        AllowList<Int256> imageHashes,
        Duration maxCertificateLifetime,
        TdxRules tdx,
        SnpRules snp,
        GpuRules gpu) {

    /** What the network's certificates last, and the default. */
    public static final Duration DEFAULT_CERTIFICATE_LIFETIME = Duration.ofDays(1);

    private static final Duration MOST_CERTIFICATE_LIFETIME = Duration.ofDays(366);
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");

    /**
     * @throws IllegalArgumentException if a value is out of its range, or an image hash is one of those that simulated or
     *     absent evidence has
     */
    public AttestationPolicy {
        tees = Set.copyOf(tees);
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "a policy's name is 1 to 64 letters, digits, dots, hyphens and underscores");
        }
        if (tees.isEmpty()) {
            throw new IllegalArgumentException("a policy names at least one kind of hardware: tdx, sev-snp");
        }
        if (maxCertificateLifetime.isNegative()
                || maxCertificateLifetime.isZero()
                || maxCertificateLifetime.compareTo(MOST_CERTIFICATE_LIFETIME) > 0) {
            throw new IllegalArgumentException(
                    "a certificate's longest lifetime is above zero and at most 366 days, got "
                            + maxCertificateLifetime);
        }
        for (Int256 hash : imageHashes.values()) {
            if (isWorthless(hash)) {
                throw new IllegalArgumentException("image hash " + hash.toHex()
                        + " is the one of zero measurements, which every simulated peer has; take it off the list");
            }
        }
    }

    /** Returns whether a hash is the one of measurements that are all zero. 2026 part, 5.1: never on a list. */
    static boolean isWorthless(Int256 hash) {
        return hash.isZero() || SimulatedEvidence.isSimulatedImage(hash);
    }

    /** Returns a builder. Kinds of hardware and images have to be set; everything else is strict by default. */
    public static Builder builder(String name) {
        return new Builder(name);
    }

    /**
     * Reads a policy file; {@code docs/attestation.md} has the format. Everything that is not understood is an error.
     *
     * @throws PolicyException with the place in the document, what was seen and what was wanted
     */
    public static AttestationPolicy parse(Bytes json) throws PolicyException {
        return PolicyJson.read(json);
    }

    /** Returns the policy as JSON; {@link #parse} gives an equal one. */
    public Bytes toJson() {
        return PolicyJson.write(this);
    }

    /** Returns the same policy with other images, for example those that the root contract lists now. */
    public AttestationPolicy withImageHashes(AllowList<Int256> hashes) {
        return new AttestationPolicy(name, tees, hashes, maxCertificateLifetime, tdx, snp, gpu);
    }

    /** Builds an {@link AttestationPolicy}. Not thread-safe. */
    public static final class Builder {
        private final String name;
        private final Set<Tee> tees = EnumSet.noneOf(Tee.class);
        private @Nullable AllowList<Int256> imageHashes;
        private Duration maxCertificateLifetime = DEFAULT_CERTIFICATE_LIFETIME;
        private AllowList<Bytes> mrTd = AllowList.any();
        private AllowList<List<Bytes>> rtmrs = AllowList.any();
        private final Map<TcbStatus, Integer> toleratedDays = new EnumMap<>(TcbStatus.class);
        private int minimumTcbEvaluation;
        private Instant minimumTcbDate = Instant.EPOCH;
        private final Set<String> refusedAdvisories = new HashSet<>();
        private final Set<TdFinding> toleratedFindings = new HashSet<>();
        private final Set<Bytes> serviceTds = new HashSet<>();
        private Set<Bytes> collateralRoots = TdxRules.STRICT.collateralRoots();
        private SnpRules.@Nullable Software software;
        private AllowList<Bytes> measurements = AllowList.any();
        private AllowList<Bytes> idKeyDigests = AllowList.any();
        private AllowList<Bytes> authorKeyDigests = AllowList.any();
        private AllowList<Bytes> hostData = AllowList.any();
        private final Map<SnpProduct, SnpTcb> minimumTcb = new EnumMap<>(SnpProduct.class);
        private final Map<SnpProduct, SnpTcb> minimumLaunchTcb = new EnumMap<>(SnpProduct.class);
        private Set<Integer> vmpls = SnpRules.STRICT.vmpls();
        private boolean allowSmt = true;
        private boolean requireSingleSocket;
        private boolean allowCxl;
        private boolean allowVlek;
        private boolean allowMaskedChip;
        private boolean allowProvisionalFirmware = true;
        private GpuRules gpu = GpuRules.NONE;

        private Builder(String name) {
            this.name = name;
        }

        /** Allows Intel TDX. */
        public Builder allowTdx() {
            tees.add(Tee.TDX);
            return this;
        }

        /**
         * Allows AMD SEV-SNP.
         *
         * @param covered what the measurements of the allowed images cover; see {@link SnpRules.Software}
         */
        public Builder allowSevSnp(SnpRules.Software covered) {
            tees.add(Tee.SEV_SNP);
            software = covered;
            return this;
        }

        /** Sets the images that are allowed; an empty collection allows none. This or {@link #anyImage} is required. */
        public Builder imageHashes(Collection<Int256> hashes) {
            imageHashes = AllowList.only(hashes);
            return this;
        }

        /** Allows whatever software runs in genuine hardware: the peer's operator decides what it is. */
        public Builder anyImage() {
            imageHashes = AllowList.any();
            return this;
        }

        /** Sets the longest lifetime of a peer's certificate; one day by default. */
        public Builder maxCertificateLifetime(Duration value) {
            maxCertificateLifetime = value;
            return this;
        }

        /** Sets the allowed firmware of trust domains, 48 bytes each. By default the image hash, which covers it, decides. */
        public Builder mrTd(Collection<Bytes> values) {
            mrTd = AllowList.only(values);
            return this;
        }

        /** Sets the allowed sets of RTMR 0 to 3. By default the image hash, which covers them, decides. */
        public Builder rtmrs(Collection<List<Bytes>> sets) {
            rtmrs = AllowList.only(sets.stream().map(List::copyOf).toList());
            return this;
        }

        /**
         * Tolerates a status beside UpToDate.
         *
         * @param days for how long after the date of the TCB level that the platform reached, 0 to 3650
         */
        public Builder tolerate(TcbStatus status, int days) {
            toleratedDays.put(status, days);
            return this;
        }

        /** Sets the least TCB evaluation number of collateral. */
        public Builder minimumTcbEvaluation(int number) {
            minimumTcbEvaluation = number;
            return this;
        }

        /** Sets the least date of the TCB level that a platform reached. */
        public Builder minimumTcbDate(Instant date) {
            minimumTcbDate = date;
            return this;
        }

        /** Refuses platforms to which one of Intel's advisories applies. */
        public Builder refuseAdvisory(String id) {
            PolicyJson.requireAdvisory(id);
            refusedAdvisories.add(id);
            return this;
        }

        /** Tolerates a finding about a trust domain by name; those of the debug group are refused by {@link #build}. */
        public Builder tolerateFinding(TdFinding finding) {
            toleratedFindings.add(finding);
            return this;
        }

        /** Allows a service domain by its 48-byte value. */
        public Builder serviceTd(Bytes value) {
            serviceTds.add(value);
            return this;
        }

        /** Sets the roots that collateral may come from, SHA-384 of the keys; Intel's by default. */
        public Builder collateralRoots(Collection<Bytes> hashes) {
            collateralRoots = Set.copyOf(hashes);
            return this;
        }

        /** Sets the allowed launch digests of SEV-SNP guests. By default the image hash, which covers it, decides. */
        public Builder measurements(Collection<Bytes> values) {
            measurements = AllowList.only(values);
            return this;
        }

        /** Sets the allowed id key digests of SEV-SNP guests, 48 bytes each; any by default. */
        public Builder idKeyDigests(Collection<Bytes> values) {
            idKeyDigests = AllowList.only(values);
            return this;
        }

        /** Sets the allowed author key digests, 48 bytes each; a guest without an author key is then refused. Any by default. */
        public Builder authorKeyDigests(Collection<Bytes> values) {
            authorKeyDigests = AllowList.only(values);
            return this;
        }

        /** Sets the allowed data that the host gave a SEV-SNP guest at launch, 32 bytes each; any by default. */
        public Builder hostData(Collection<Bytes> values) {
            hostData = AllowList.only(values);
            return this;
        }

        /** Sets the least reported TCB of a product. */
        public Builder minimumTcb(SnpProduct product, SnpTcb floor) {
            minimumTcb.put(product, floor);
            return this;
        }

        /** Sets the least TCB at launch of a product. */
        public Builder minimumLaunchTcb(SnpProduct product, SnpTcb floor) {
            minimumLaunchTcb.put(product, floor);
            return this;
        }

        /** Sets the allowed privilege levels; 0 by default. */
        public Builder vmpls(Set<Integer> levels) {
            vmpls = Set.copyOf(levels);
            return this;
        }

        /** Refuses guests whose policy allows simultaneous multithreading. */
        public Builder refuseSmt() {
            allowSmt = false;
            return this;
        }

        /** Refuses guests whose policy does not demand a single socket. */
        public Builder requireSingleSocket() {
            requireSingleSocket = true;
            return this;
        }

        /** Allows guests whose policy allows CXL memory. */
        public Builder allowCxl() {
            allowCxl = true;
            return this;
        }

        /** Allows reports signed with a cloud provider's key. */
        public Builder allowVlek() {
            allowVlek = true;
            return this;
        }

        /** Allows reports that do not say which chip made them. */
        public Builder allowMaskedChip() {
            allowMaskedChip = true;
            return this;
        }

        /** Refuses hosts whose running firmware is not the committed one. */
        public Builder refuseProvisionalFirmware() {
            allowProvisionalFirmware = false;
            return this;
        }

        /** Sets the demands of GPUs. */
        public Builder gpu(GpuRules rules) {
            gpu = rules;
            return this;
        }

        /**
         * Makes the policy.
         *
         * @throws IllegalStateException if images are not set
         * @throws IllegalArgumentException if a value is out of its range
         */
        public AttestationPolicy build() {
            AllowList<Int256> hashes = imageHashes;
            if (hashes == null) {
                throw new IllegalStateException("a policy needs imageHashes(…), or anyImage() by name");
            }
            return new AttestationPolicy(
                    name,
                    tees,
                    hashes,
                    maxCertificateLifetime,
                    new TdxRules(
                            mrTd,
                            rtmrs,
                            toleratedDays,
                            minimumTcbEvaluation,
                            minimumTcbDate,
                            refusedAdvisories,
                            toleratedFindings,
                            serviceTds,
                            collateralRoots),
                    new SnpRules(
                            Optional.ofNullable(software).orElse(SnpRules.Software.MEASURED_BOOT),
                            measurements,
                            idKeyDigests,
                            authorKeyDigests,
                            hostData,
                            minimumTcb,
                            minimumLaunchTcb,
                            vmpls,
                            allowSmt,
                            requireSingleSocket,
                            allowCxl,
                            allowVlek,
                            allowMaskedChip,
                            allowProvisionalFirmware),
                    gpu);
        }
    }
}
