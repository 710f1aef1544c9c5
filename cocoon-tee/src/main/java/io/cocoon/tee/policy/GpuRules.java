package io.cocoon.tee.policy;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What a policy demands of GPUs. Immutable.
 *
 * <p>The network's certificates carry no GPU evidence (TEE dossier T18, 2026 part D22), so a policy that requires it refuses
 * every peer of a plain handshake; it is for bundles and for software that asks its peer for GPU evidence itself.
 *
 * @param required whether verified GPU evidence must be there
 * @param minimumDriver for example {@code 570.172.08}, compared number by number; empty for no demand
 */
public record GpuRules(boolean required, Optional<String> minimumDriver) {

    /** Nothing is demanded. */
    public static final GpuRules NONE = new GpuRules(false, Optional.empty());

    private static final Pattern VERSION = Pattern.compile("[0-9]{1,9}(\\.[0-9]{1,9}){0,5}");

    /**
     * @throws IllegalArgumentException if the version is not numbers with dots between them, or without the demand for GPUs
     */
    public GpuRules {
        minimumDriver.ifPresent(version -> {
            if (!VERSION.matcher(version).matches()) {
                throw new IllegalArgumentException(
                        "a driver version is numbers with dots between them, got '" + version + "'");
            }
        });
        if (minimumDriver.isPresent() && !required) {
            throw new IllegalArgumentException("a least driver version without 'required' would demand nothing");
        }
    }

    /** Returns whether a version is at least the demanded one; false if it is no version. */
    boolean allowsDriver(String version) {
        if (minimumDriver.isEmpty()) {
            return true;
        }
        if (!VERSION.matcher(version).matches()) {
            return false;
        }
        String[] seen = version.split("\\.");
        String[] wanted = minimumDriver.get().split("\\.");
        for (int i = 0; i < wanted.length; i++) {
            int a = i < seen.length ? Integer.parseInt(seen[i]) : 0;
            int b = Integer.parseInt(wanted[i]);
            if (a != b) {
                return a > b;
            }
        }
        return true;
    }
}
