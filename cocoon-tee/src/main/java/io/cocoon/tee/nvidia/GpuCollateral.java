package io.cocoon.tee.nvidia;

import io.cocoon.tl.Bytes;
import java.util.List;

/**
 * What NVIDIA publishes about a GPU's driver and VBIOS, needed to judge its report. Nothing here is trusted. Immutable. TEE
 * dossier 10.2.
 *
 * @param driverRim the driver's manifest, XML, with the id {@link GpuReport#driverRimId}
 * @param vbiosRim the VBIOS's manifest, XML, with the id {@link GpuReport#vbiosRimId}
 * @param ocsp answers for the certificates of all three chains, in any order; at most 16
 */
public record GpuCollateral(Bytes driverRim, Bytes vbiosRim, List<OcspAnswer> ocsp) {

    /** Most OCSP answers. */
    public static final int MAX_ANSWERS = 16;

    public GpuCollateral {
        ocsp = List.copyOf(ocsp);
        if (ocsp.size() > MAX_ANSWERS) {
            throw new IllegalArgumentException(ocsp.size() + " OCSP answers; wanted: at most " + MAX_ANSWERS);
        }
    }
}
