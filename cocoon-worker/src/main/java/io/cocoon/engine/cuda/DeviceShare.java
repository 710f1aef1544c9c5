package io.cocoon.engine.cuda;

import io.cocoon.engine.model.Model;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * What one of several models gets of a device, counted before the first of them is loaded. Immutable.
 *
 * <p>Each gets its weights, what it computes with, and the least room for keys and values that it is of use with. The rest gives all of
 * them as many more tokens: requests are counted in tokens, and nobody knows yet which model is asked for more; equal bytes would give a
 * small model room that it never fills.
 *
 * @param settings to load it with: with its part of {@link CudaSettings#cacheTokens}
 * @param refusal why the device does not take it; empty if it does
 */
public record DeviceShare(CudaSettings settings, String refusal) {

    /**
     * A model that is to be loaded.
     *
     * @param name for messages
     * @param leastTokens that it has to have room for; for a short conversation in any case
     */
    public record Candidate(String name, Model model, OptionalLong leastTokens) {}

    /** A model that the device computes, by its place in the list, and what it needs. */
    private record Counted(int index, String name, MemoryPlan.Need need) {}

    /** Returns whether the device takes the model. */
    public boolean isOnDevice() {
        return refusal.isEmpty();
    }

    /** Makes one for a model that is not for a device. */
    public static DeviceShare refused(CudaSettings settings, String why) {
        if (why.isEmpty()) {
            throw new IllegalArgumentException("a refusal says why");
        }
        return new DeviceShare(settings, why);
    }

    /**
     * Divides what is free of a device. A model that it does not compute, or that does not fit beside those before it, is refused, and
     * those behind it may still fit.
     *
     * @param settings of all
     * @return one for each model
     */
    public static List<DeviceShare> divide(CudaDevice device, CudaSettings settings, List<Candidate> models) {
        long free;
        try {
            free = Gpu.free(device);
        } catch (CudaException e) {
            return models.stream().map(each -> refused(settings, why(e))).toList();
        }
        DeviceShare[] shares = new DeviceShare[models.size()];
        List<Counted> counted = new ArrayList<>();
        for (int i = 0; i < shares.length; i++) {
            Candidate each = models.get(i);
            try {
                CudaBackend.requireShape(each.model.shape());
                counted.add(new Counted(i, each.name, MemoryPlan.Need.of(each.model, settings, each.leastTokens)));
            } catch (CudaException e) {
                shares[i] = refused(settings, why(e));
            }
        }
        List<Counted> taken = new ArrayList<>();
        long left = free - settings.reserveBytes();
        for (Counted each : counted) {
            long without = left - each.need.least();
            if (without < 0) {
                shares[each.index] = refused(settings, tooMuch(each, counted, settings, device, free, -without));
            } else {
                taken.add(each);
                left = without;
            }
        }
        long ofAll = taken.stream().mapToLong(each -> each.need.pageAndNumber()).sum();
        for (Counted each : taken) {
            long tokens = (each.need.leastPages() + left / ofAll) * PagePool.PAGE;
            shares[each.index] =
                    new DeviceShare(settings.withCacheTokens(Math.min(tokens, settings.cacheTokens())), "");
        }
        return List.of(shares);
    }

    private static String why(CudaException e) {
        return String.valueOf(e.getMessage());
    }

    private static String tooMuch(
            Counted last, List<Counted> all, CudaSettings settings, CudaDevice device, long free, long missing) {
        StringBuilder words = new StringBuilder(device.name()).append(": ").append(last.name);
        words.append(all.size() == 1 ? " does not fit. " : " does not fit beside the others. ");
        for (Counted each : all) {
            words.append(all.size() == 1 ? "Its " : each.name + ": ")
                    .append(each.need.inWords(settings))
                    .append("; ");
        }
        return words.append(MemoryPlan.mebi(missing))
                .append(" MiB are missing for it: ")
                .append(MemoryPlan.available(settings, device, free))
                .toString();
    }
}
