package io.cocoon.tee.policy;

import io.cocoon.tl.Int256;
import io.cocoon.ton.chain.CocoonChain;
import io.cocoon.ton.chain.RootState;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Function;

/** A policy that may change while the process runs. Thread-safe; {@link #current} is called for every peer and is quick. */
public interface PolicySource {

    /** Returns the policy of now. */
    AttestationPolicy current();

    /**
     * Tells a listener after the policy has changed.
     *
     * @return ends the telling
     */
    default Runnable onChange(Runnable listener) {
        return () -> {};
    }

    /** Always gives the same one. */
    static PolicySource fixed(AttestationPolicy policy) {
        return () -> policy;
    }

    /** A policy for proxies: the base with the image hashes that the root contract lists for proxies. */
    static PolicySource proxiesOf(CocoonChain chain, AttestationPolicy base) {
        return ofRoot(chain, base, RootState::proxyHashes);
    }

    /** A policy for workers: the base with the image hashes that the root contract lists for workers. */
    static PolicySource workersOf(CocoonChain chain, AttestationPolicy base) {
        return ofRoot(chain, base, RootState::workerHashes);
    }

    /** A policy for callers of a key manager: the base with the image hashes of proxies and of workers. */
    static PolicySource proxiesAndWorkersOf(CocoonChain chain, AttestationPolicy base) {
        return ofRoot(chain, base, root -> {
            Set<Int256> both = new HashSet<>(root.proxyHashes());
            both.addAll(root.workerHashes());
            return both;
        });
    }

    /** A policy for the key manager: the base with the one image hash that the root contract names; without one, nobody. */
    static PolicySource keyManagerOf(CocoonChain chain, AttestationPolicy base) {
        return ofRoot(
                chain,
                base,
                root -> root.keyManager()
                        .map(named -> Set.of(named.imageHash()))
                        .orElse(Set.of()));
    }

    private static PolicySource ofRoot(
            CocoonChain chain, AttestationPolicy base, Function<RootState, Set<Int256>> hashes) {
        return new RootPolicy(chain, base, hashes);
    }
}
