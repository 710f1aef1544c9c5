package io.cocoon.tee.sevsnp;

import io.cocoon.tee.AttestationCheck;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * What a policy demands of genuine SEV-SNP evidence. Immutable; made by {@link Builder}. The defaults are those of the 2026 part of
 * the TEE dossier, 8.8. A list that was not set is not compared; one that was set and is empty refuses everything.
 */
public final class SnpRequirements {

    private static final String RULE = "TEE dossier, 2026 part, 8.8";
    private static final String NEXT =
            "the peer has to launch its guest otherwise, or the policy has to allow it by name";
    private static final String NEXT_NEVER =
            "the peer has to launch its guest otherwise: its image hash does not show the difference, and no policy for peers can"
                    + " allow it";
    private static final String PREFIX = "policy.snp.";

    /** The names of all checks that {@link #judge} makes whatever was required, in their order. */
    public static final List<String> CHECKS = Stream.of(
                    "mask-chip-key",
                    "chip-id-masked",
                    "debug",
                    "migrate-ma",
                    "smt",
                    "several-sockets",
                    "cxl",
                    "vmpl",
                    "vlek",
                    "minimum-tcb",
                    "minimum-launch-tcb",
                    "provisional-firmware",
                    "measurement",
                    "image-hash",
                    "id-key-digest",
                    "author-key-digest",
                    "host-data")
            .map(PREFIX::concat)
            .toList();

    private static final Set<Long> ONLY_VMPL_0 = Set.of(0L);

    private static final Set<String> NEVER = Set.of(SnpFinding.DEBUG.code(), SnpFinding.MIGRATE_MA.code());

    private final Builder values;

    private SnpRequirements(Builder values) {
        this.values = values;
    }

    /** Returns a builder with the defaults. */
    public static Builder builder() {
        return new Builder();
    }

    /** Collects requirements. For one thread. */
    public static final class Builder {

        private final EnumSet<SnpFinding> accepted = EnumSet.of(
                SnpFinding.SMT,
                SnpFinding.SEVERAL_SOCKETS,
                SnpFinding.VLEK,
                SnpFinding.PROVISIONAL_FIRMWARE,
                SnpFinding.SOFTWARE_IDENTITY_FIRMWARE_ONLY);

        private Set<Long> vmpls = ONLY_VMPL_0;
        private final EnumMap<SnpProduct, SnpTcb> minimum = new EnumMap<>(SnpProduct.class);
        private final EnumMap<SnpProduct, SnpTcb> minimumAtLaunch = new EnumMap<>(SnpProduct.class);
        private Optional<SnpProduct> product = Optional.empty();
        private Optional<Set<Bytes>> measurements = Optional.empty();
        private Optional<Set<Int256>> imageHashes = Optional.empty();
        private Optional<Set<Bytes>> idKeyDigests = Optional.empty();
        private Optional<Set<Bytes>> authorKeyDigests = Optional.empty();
        private Optional<Set<Bytes>> hostData = Optional.empty();

        private Builder() {}

        private Builder(Builder other) {
            accepted.clear();
            accepted.addAll(other.accepted);
            vmpls = other.vmpls;
            minimum.putAll(other.minimum);
            minimumAtLaunch.putAll(other.minimumAtLaunch);
            product = other.product;
            measurements = other.measurements;
            imageHashes = other.imageHashes;
            idKeyDigests = other.idKeyDigests;
            authorKeyDigests = other.authorKeyDigests;
            hostData = other.hostData;
        }

        /**
         * Accepts or refuses a finding. Accepted by default are SMT, several sockets, VLEK (which {@link SnpTrust} already had to
         * allow), provisional firmware, and that the image hash covers firmware only. For VMPL see {@link #vmpls}.
         */
        public Builder accept(SnpFinding finding, boolean isAccepted) {
            if (isAccepted) {
                accepted.add(finding);
            } else {
                accepted.remove(finding);
            }
            return this;
        }

        /** Sets the privilege levels that may ask for a report, 0 to 3; by default 0 only. */
        public Builder vmpls(Set<Long> allowed) {
            vmpls = Set.copyOf(allowed);
            return this;
        }

        /** Sets the lowest REPORTED_TCB of a product, for every component. */
        public Builder minimumTcb(SnpProduct of, SnpTcb tcb) {
            minimum.put(of, tcb);
            return this;
        }

        /** Sets the lowest LAUNCH_TCB of a product, for every component. */
        public Builder minimumLaunchTcb(SnpProduct of, SnpTcb tcb) {
            minimumAtLaunch.put(of, tcb);
            return this;
        }

        /** Sets the only product that is accepted. */
        public Builder product(SnpProduct only) {
            product = Optional.of(only);
            return this;
        }

        /** Sets the measurements that are accepted, 48 bytes each. */
        public Builder measurements(Set<Bytes> allowed) {
            measurements = Optional.of(Set.copyOf(allowed));
            return this;
        }

        /** Sets the image hashes that are accepted. */
        public Builder imageHashes(Set<Int256> allowed) {
            imageHashes = Optional.of(Set.copyOf(allowed));
            return this;
        }

        /** Sets the ID_KEY_DIGESTs that are accepted, 48 bytes each. */
        public Builder idKeyDigests(Set<Bytes> allowed) {
            idKeyDigests = Optional.of(Set.copyOf(allowed));
            return this;
        }

        /** Sets the AUTHOR_KEY_DIGESTs that are accepted, 48 bytes each; the report must also say that the digest counts. */
        public Builder authorKeyDigests(Set<Bytes> allowed) {
            authorKeyDigests = Optional.of(Set.copyOf(allowed));
            return this;
        }

        /** Sets the HOST_DATA that are accepted, 32 bytes each. */
        public Builder hostData(Set<Bytes> allowed) {
            hostData = Optional.of(Set.copyOf(allowed));
            return this;
        }

        /** Returns the requirements. */
        public SnpRequirements build() {
            return new SnpRequirements(new Builder(this));
        }
    }

    /**
     * Judges evidence that was verified.
     *
     * @param reportData the 64 bytes that REPORT_DATA must have; empty if the caller compares them itself
     * @return one check for each requirement, in the order of 8.9 and 8.8
     */
    public List<AttestationCheck> judge(SnpAppraisal found, Optional<Bytes> reportData) {
        List<AttestationCheck> checks = new ArrayList<>();
        reportData.ifPresent(wanted -> {
            // The time of the comparison must not depend on where the first difference is.
            boolean equal = MessageDigest.isEqual(
                    wanted.toByteArray(), found.reportData().toByteArray());
            add(checks, "report-data", "REPORT_DATA", equal, equal ? "the key's" : "of another key", "the key's");
        });
        finding(checks, found, SnpFinding.MASK_CHIP_KEY);
        finding(checks, found, SnpFinding.CHIP_ID_MASKED);
        finding(checks, found, SnpFinding.DEBUG);
        finding(checks, found, SnpFinding.MIGRATE_MA);
        finding(checks, found, SnpFinding.SMT);
        finding(checks, found, SnpFinding.SEVERAL_SOCKETS);
        finding(checks, found, SnpFinding.CXL);
        long vmpl = found.report().vmpl();
        boolean isHost = vmpl == SnpReport.VMPL_OF_HOST;
        add(
                checks,
                "vmpl",
                SnpFinding.VMPL.code(),
                !isHost && values.vmpls.contains(vmpl),
                isHost ? "requested by the host" : "VMPL " + vmpl,
                "requested by the guest at VMPL " + new TreeSet<>(values.vmpls));
        finding(checks, found, SnpFinding.VLEK);
        tcb(checks, found, "minimum-tcb", "TCB_BELOW_MINIMUM", found.reportedTcb(), values.minimum);
        tcb(checks, found, "minimum-launch-tcb", "TCB_LAUNCH_BELOW_MINIMUM", found.launchTcb(), values.minimumAtLaunch);
        finding(checks, found, SnpFinding.PROVISIONAL_FIRMWARE);
        listed(checks, "measurement", "MEASUREMENT", found.measurement(), values.measurements);
        listed(checks, "image-hash", "IMAGE_HASH", found.imageHash(), values.imageHashes);
        if (!values.accepted.contains(SnpFinding.SOFTWARE_IDENTITY_FIRMWARE_ONLY)) {
            // Said only where it refuses: a report cannot prove the opposite, so it must never read as passed.
            finding(checks, found, SnpFinding.SOFTWARE_IDENTITY_FIRMWARE_ONLY);
        }
        if (values.product.isPresent()) {
            SnpProduct wanted = values.product.get();
            String seen = found.product().word();
            add(checks, "product", "PRODUCT_MISMATCH", found.product() == wanted, seen, wanted.word());
        }
        listed(checks, "id-key-digest", "ID_KEY_DIGEST", found.report().idKeyDigest(), values.idKeyDigests);
        if (values.authorKeyDigests.isPresent() && !found.report().authorKeyEnabled()) {
            add(checks, "author-key-digest", "AUTHOR_KEY_DIGEST", false, "no author key", "an author key of the list");
        } else {
            listed(
                    checks,
                    "author-key-digest",
                    "AUTHOR_KEY_DIGEST",
                    found.report().authorKeyDigest(),
                    values.authorKeyDigests);
        }
        listed(checks, "host-data", "HOST_DATA", found.hostData(), values.hostData);
        return List.copyOf(checks);
    }

    private static void add(
            List<AttestationCheck> checks, String name, String code, boolean holds, String seen, String wanted) {
        checks.add(
                holds
                        ? AttestationCheck.passed(PREFIX + name, seen, wanted, RULE)
                        : AttestationCheck.failed(
                                PREFIX + name, code, seen, wanted, RULE, NEVER.contains(code) ? NEXT_NEVER : NEXT));
    }

    private void finding(List<AttestationCheck> checks, SnpAppraisal found, SnpFinding finding) {
        boolean applies = found.findings().contains(finding);
        boolean accepts = values.accepted.contains(finding);
        add(
                checks,
                finding.name().toLowerCase(Locale.ROOT).replace('_', '-'),
                finding.code(),
                !applies || accepts,
                applies ? finding.meaning() : "does not apply",
                accepts ? "accepted by the policy" : "not: " + finding.meaning());
    }

    private static void tcb(
            List<AttestationCheck> checks,
            SnpAppraisal found,
            String name,
            String code,
            SnpTcb seen,
            Map<SnpProduct, SnpTcb> minimums) {
        SnpTcb minimum = minimums.get(found.product());
        if (minimum == null) {
            checks.add(AttestationCheck.notApplicable(
                    PREFIX + name, "the policy sets none for " + found.product().word(), RULE));
        } else {
            add(checks, name, code, seen.isAtLeast(minimum), seen.toString(), "at least " + minimum);
        }
    }

    private static <T> void listed(
            List<AttestationCheck> checks, String name, String code, T value, Optional<Set<T>> allowed) {
        if (allowed.isEmpty()) {
            checks.add(AttestationCheck.notApplicable(PREFIX + name, "the policy has no list", RULE));
            return;
        }
        String text = value instanceof Bytes bytes ? bytes.toHex() : String.valueOf(value);
        boolean holds = allowed.get().contains(value);
        add(checks, name, code, holds, text, "one of " + allowed.get().size() + " listed");
    }
}
