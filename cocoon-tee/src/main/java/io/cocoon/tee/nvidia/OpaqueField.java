package io.cocoon.tee.nvidia;

import java.util.Optional;

/** Fields of the opaque data of a report that have a name. TEE dossier 10.2 and its 2026 part, 10.2. */
public enum OpaqueField {
    CERT_ISSUER_NAME(1),
    CERT_AUTHORITY_KEY_IDENTIFIER(2),
    /** Text. */
    DRIVER_VERSION(3),
    GPU_INFO(4),
    /** Text. */
    SKU(5),
    /** Eight bytes; see {@link GpuReport#vbiosVersion}. */
    VBIOS_VERSION(6),
    MANUFACTURER_ID(7),
    TAMPER_DETECTION(8),
    SMC(9),
    VPR(10),
    /** One byte: AA on, 55 off. */
    NVDEC0_STATUS(11),
    /** How often each register was extended: sixty-four 32-bit counters. */
    MSRSCNT(12),
    CPRINFO(13),
    BOARD_ID(14),
    /** Text. */
    CHIP_SKU(15),
    CHIP_SKU_MOD(16),
    /** Text. */
    PROJECT(17),
    /** Text. */
    PROJECT_SKU(18),
    PROJECT_SKU_MOD(19),
    /** SHA-384 of the firmware that holds the attestation key. */
    FWID(20),
    PROTECTED_PCIE_STATUS(21),
    SWITCH_PDI(22),
    FLOORSWEPT_PORTS(23),
    POSITION_ID(24),
    LOCK_SWITCH_STATUS(25),
    GPU_LINK_CONN(32),
    SYS_ENABLE_STATUS(33),
    /** 16 bits, little endian; we know up to 1. */
    OPAQUE_DATA_VERSION(34),
    /** Text: the chip, which names the driver's manifest. */
    CHIP_INFO(35),
    /** 16 bits, little endian: 0 single GPU passthrough, 1 multi-GPU, 2 protected PCIe. */
    FEATURE_FLAG(36);

    private final int type;

    OpaqueField(int type) {
        this.type = type;
    }

    /** Returns the number of the field on the wire. */
    public int type() {
        return type;
    }

    /** Returns the field of this number, if it has a name. */
    public static Optional<OpaqueField> of(int type) {
        for (OpaqueField each : values()) {
            if (each.type == type) {
                return Optional.of(each);
            }
        }
        return Optional.empty();
    }
}
