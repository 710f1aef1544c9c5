package io.cocoon.tee.nvidia;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * What a relying party expects of a reply of NVIDIA's attestation service, beyond its being genuine. Immutable. 2026 part of
 * the TEE dossier, 10.3.
 *
 * @param devices how many GPUs, from 1 on; empty: any number from 1 on
 * @param modelPrefixes what {@code hwmodel} may begin with, for example {@code GH100}; empty: any; an empty list: none
 * @param driverVersions versions of the driver that are accepted; empty: any; an empty set: none
 * @param refuseWarnings whether a warning of the service refuses
 */
public record NrasExpectations(
        OptionalInt devices,
        Optional<List<String>> modelPrefixes,
        Optional<Set<String>> driverVersions,
        boolean refuseWarnings) {

    /** Most GPUs of one reply. */
    public static final int MAX_DEVICES = 32;

    public NrasExpectations {
        if (devices.isPresent() && (devices.getAsInt() < 1 || devices.getAsInt() > MAX_DEVICES)) {
            throw new IllegalArgumentException(devices.getAsInt() + " devices; wanted: 1 to " + MAX_DEVICES);
        }
        modelPrefixes = modelPrefixes.map(List::copyOf);
        driverVersions = driverVersions.map(Set::copyOf);
    }

    /** Returns: so many GPUs, of any model and driver that the service approves of. */
    public static NrasExpectations devices(int count) {
        return new NrasExpectations(OptionalInt.of(count), Optional.empty(), Optional.empty(), false);
    }

    /** Returns: one GPU or more, of any model and driver that the service approves of. */
    public static NrasExpectations anyNumber() {
        return new NrasExpectations(OptionalInt.empty(), Optional.empty(), Optional.empty(), false);
    }

    /** Returns the same, for models that begin so. */
    public NrasExpectations withModelPrefixes(List<String> prefixes) {
        return new NrasExpectations(devices, Optional.of(prefixes), driverVersions, refuseWarnings);
    }

    /** Returns the same, for these versions of the driver. */
    public NrasExpectations withDriverVersions(Set<String> versions) {
        return new NrasExpectations(devices, modelPrefixes, Optional.of(versions), refuseWarnings);
    }

    /** Returns the same, with warnings refused. */
    public NrasExpectations refusingWarnings() {
        return new NrasExpectations(devices, modelPrefixes, driverVersions, true);
    }
}
