package io.cocoon.tee.sevsnp;

/**
 * What genuine evidence says that a policy has to judge. None of them makes evidence less genuine. 2026 part of the TEE dossier,
 * 8.8 and 6.6.
 */
public enum SnpFinding {
    /** The host may read and write the guest: nothing in it is confidential. */
    DEBUG("POLICY_DEBUG", "the guest's policy allows debugging: the host can read and write its memory"),
    /** A migration agent may move the guest and learns its memory. */
    MIGRATE_MA("POLICY_MIGRATE_MA", "the guest's policy allows a migration agent"),
    /** The guest may share a core with another thread. */
    SMT("POLICY_SMT", "the guest's policy allows simultaneous multithreading"),
    /** The guest may run on several sockets. */
    SEVERAL_SOCKETS("POLICY_SINGLE_SOCKET", "the guest's policy does not ask for a single socket"),
    /** CXL devices may be attached. */
    CXL("POLICY_CXL", "the guest's policy allows CXL devices"),
    /** The report was asked for at another privilege level than 0, or by the host. */
    VMPL("VMPL", "the report was not requested at VMPL 0"),
    /** A key of a cloud provider signed: the chip is not named. */
    VLEK("SIGNER_VLEK", "signed with a key that AMD loaned to a cloud provider"),
    /** The host had the chip's key masked. */
    MASK_CHIP_KEY("MASK_CHIP_KEY", "the host had the chip's key masked"),
    /** The chip's id is all zero, so that it cannot be compared with the certificate's. Not reported for VLEKs. */
    CHIP_ID_MASKED("CHIP_ID_MASKED", "the chip's id is masked"),
    /** The firmware that runs can still be rolled back to an older one. */
    PROVISIONAL_FIRMWARE("PROVISIONAL_FIRMWARE", "current and committed firmware differ"),
    /**
     * The image hash and the measurement cover the guest's initial memory: firmware, its metadata pages and virtual CPUs. Kernel,
     * initrd and command line are covered only if the guest was launched with kernel hashes, which no report can show; guest
     * policy, VMPL, TCB, IMAGE_ID and HOST_DATA never are. With the network's image of April 2026 the host can boot any kernel under
     * the listed hash (hazard D6). Always present.
     */
    SOFTWARE_IDENTITY_FIRMWARE_ONLY(
            "SOFTWARE_IDENTITY_FIRMWARE_ONLY",
            "the image hash covers firmware and virtual CPUs; kernel, initrd and command line only with kernel hashes");

    private final String code;
    private final String meaning;

    SnpFinding(String code, String meaning) {
        this.code = code;
        this.meaning = meaning;
    }

    /** Returns the stable code of a refusal for it. */
    public String code() {
        return code;
    }

    /** Returns what it means, for people. */
    public String meaning() {
        return meaning;
    }
}
