package io.cocoon.tee.collateral;

import java.util.regex.Pattern;

/**
 * The name of a set of reference values at NVIDIA's service (TEE dossier 10.2). It is built from texts in a peer's report,
 * so its alphabet and length are checked. Immutable.
 *
 * @param value {@code NV_GPU_} or {@code NV_SWITCH_} and letters, digits, {@code _}, {@code -} and {@code .}; at most 128
 */
public record RimId(String value) {

    private static final Pattern FORM = Pattern.compile("NV_(?:GPU|SWITCH)_[A-Za-z0-9_.-]{1,117}");

    public RimId {
        if (!FORM.matcher(value).matches()) {
            throw new IllegalArgumentException("a RIM is named NV_GPU_… or NV_SWITCH_… with letters, digits, '_', '-'"
                    + " and '.', at most 128; got a text of " + value.length() + " characters");
        }
    }
}
