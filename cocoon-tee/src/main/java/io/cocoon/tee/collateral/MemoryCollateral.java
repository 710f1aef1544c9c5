package io.cocoon.tee.collateral;

import io.cocoon.tee.collateral.CollateralException.Reason;
import io.cocoon.tee.sevsnp.SnpCollateral;
import io.cocoon.tee.sevsnp.SnpProduct;
import io.cocoon.tee.tdx.TdxCollateral;
import io.cocoon.tl.Bytes;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Collateral that a program holds already, for example out of an evidence bundle. Immutable, thread-safe. */
public final class MemoryCollateral implements CollateralSource {

    private final Map<Object, Object> held;

    private MemoryCollateral(Map<Object, Object> held) {
        this.held = Map.copyOf(held);
    }

    private record TdxKey(Fmspc fmspc, PckCa ca, boolean sgx) {}

    private record SnpKey(SnpProduct product, boolean vlek) {}

    /** Returns a new builder. */
    public static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link MemoryCollateral}; of two values for one key the later counts. */
    public static final class Builder {

        private final Map<Object, Object> held = new HashMap<>();

        private Builder() {}

        /** Holds a set for a platform. */
        public Builder tdx(Fmspc fmspc, PckCa ca, boolean sgx, TdxCollateral collateral) {
            held.put(new TdxKey(fmspc, ca, sgx), collateral);
            return this;
        }

        /** Holds a set for a product. */
        public Builder snp(boolean vlek, SnpCollateral collateral) {
            held.put(new SnpKey(collateral.product(), vlek), collateral);
            return this;
        }

        /** Holds a chip's certificate, DER. */
        public Builder vcek(VcekRequest request, Bytes certificate) {
            held.put(request, certificate);
            return this;
        }

        /** Holds reference values, XML. */
        public Builder rim(RimId id, Bytes document) {
            held.put(id, document);
            return this;
        }

        /** Makes the source. */
        public MemoryCollateral build() {
            return new MemoryCollateral(held);
        }
    }

    @Override
    public CompletionStage<TdxCollateral> tdx(Fmspc fmspc, PckCa ca, boolean sgx) {
        return get(new TdxKey(fmspc, ca, sgx), TdxCollateral.class, "TDX collateral of " + fmspc.toHex());
    }

    @Override
    public CompletionStage<SnpCollateral> snp(SnpProduct product, boolean vlek) {
        return get(new SnpKey(product, vlek), SnpCollateral.class, "the chain of " + product.word());
    }

    @Override
    public CompletionStage<Bytes> vcek(VcekRequest request) {
        return get(request, Bytes.class, "a VCEK certificate");
    }

    @Override
    public CompletionStage<Bytes> rim(RimId id) {
        return get(id, Bytes.class, "reference values " + id.value());
    }

    private <T> CompletionStage<T> get(Object key, Class<T> type, String what) {
        Object value = held.get(key);
        return value != null
                ? CompletableFuture.completedStage(type.cast(value))
                : CompletableFuture.failedStage(new CollateralException(
                        Reason.NOT_FOUND,
                        "looking for " + what + " in memory",
                        held.size() + " other entries",
                        "this one",
                        "add it, or use a source with a network"));
    }
}
