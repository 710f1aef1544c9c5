package io.cocoon.tee.nvidia;

import io.cocoon.tl.Bytes;
import java.util.OptionalInt;

/**
 * What verified evidence of a GPU says. Immutable.
 *
 * @param architecture the generation
 * @param model commonName of the second certificate, for example {@code GH100 A01 GSP BROM}
 * @param ueid serial number of the device certificate, decimal, as NVIDIA's tokens state it: the identity of the GPU
 * @param driverVersion for example {@code 550.90.07}
 * @param vbiosVersion for example {@code 96.00.74.00.20}
 * @param fwid SHA-384 of the firmware that holds the attestation key
 * @param featureFlag 0 single GPU passthrough, 1 multi-GPU, 2 protected PCIe; empty if the report does not say
 * @param bound whether the nonce binds the evidence to a peer's TLS key; if not, it is the evidence of some GPU somewhere
 * @param report the report
 */
public record GpuAppraisal(
        GpuArchitecture architecture,
        String model,
        String ueid,
        String driverVersion,
        String vbiosVersion,
        Bytes fwid,
        OptionalInt featureFlag,
        boolean bound,
        GpuReport report) {}
