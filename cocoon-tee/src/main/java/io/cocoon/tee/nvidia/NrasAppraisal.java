package io.cocoon.tee.nvidia;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What verified tokens of NVIDIA's attestation service say: that the service judged some evidence with this nonce. Immutable.
 *
 * @param claimsVersion {@code 2.0} or {@code 3.0}
 * @param issued when the service signed the overall token
 * @param devices the GPUs, by label
 * @param bound whether the nonce binds the evidence to a peer's TLS key; if not, it is the evidence of GPUs somewhere
 */
public record NrasAppraisal(String claimsVersion, Instant issued, List<Device> devices, boolean bound) {

    public NrasAppraisal {
        devices = List.copyOf(devices);
    }

    /**
     * One GPU.
     *
     * @param label for example {@code GPU-0}
     * @param ueid serial number of the device certificate, decimal
     * @param model for example {@code GH100 A01 GSP BROM}
     * @param driverVersion as the service read it from the report; empty if it does not say
     * @param vbiosVersion the same
     * @param warning of the service, if any
     */
    public record Device(
            String label,
            String ueid,
            String model,
            String driverVersion,
            String vbiosVersion,
            Optional<String> warning) {}
}
