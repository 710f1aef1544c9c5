package io.cocoon.tee.nvidia;

import java.util.Optional;

/** GPU generations whose evidence can be verified. TEE dossier 10.2. */
public enum GpuArchitecture {
    HOPPER("GH100"),
    BLACKWELL("GB100");

    private final String chip;

    GpuArchitecture(String chip) {
        this.chip = chip;
    }

    /** Returns the chip that is meant where a report names none, for example {@code GH100}. */
    public String chip() {
        return chip;
    }

    /**
     * Returns the generation of a model as NVIDIA's certificates and tokens name it, for example {@code GH100 A01 GSP BROM}: GH is
     * Hopper, GB Blackwell.
     */
    public static Optional<GpuArchitecture> ofModel(String model) {
        for (GpuArchitecture each : values()) {
            if (model.startsWith(each.chip.substring(0, 2))) {
                return Optional.of(each);
            }
        }
        return Optional.empty();
    }

    /** Returns the generation of this name, as NVIDIA's tools write it: {@code HOPPER} or {@code BLACKWELL}. */
    public static Optional<GpuArchitecture> of(String name) {
        for (GpuArchitecture each : values()) {
            if (each.name().equals(name)) {
                return Optional.of(each);
            }
        }
        return Optional.empty();
    }
}
