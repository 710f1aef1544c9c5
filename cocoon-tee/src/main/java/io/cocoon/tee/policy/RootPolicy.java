package io.cocoon.tee.policy;

import io.cocoon.tl.Int256;
import io.cocoon.ton.chain.CocoonChain;
import io.cocoon.ton.chain.RootState;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** A policy whose images are those of the root contract. Made anew only when the root state is another object. */
final class RootPolicy implements PolicySource {

    private record Made(RootState root, AttestationPolicy policy) {}

    private final CocoonChain chain;
    private final AttestationPolicy base;
    private final Function<RootState, Set<Int256>> hashes;
    private volatile Made made;

    RootPolicy(CocoonChain chain, AttestationPolicy base, Function<RootState, Set<Int256>> hashes) {
        this.chain = chain;
        this.base = base;
        this.hashes = hashes;
        this.made = make(chain.root());
    }

    /** Hashes of zero measurements are left out: on a contract they can only stand by mistake. 2026 part, 5.1. */
    private Made make(RootState root) {
        Set<Int256> listed = hashes.apply(root).stream()
                .filter(hash -> !AttestationPolicy.isWorthless(hash))
                .collect(Collectors.toSet());
        return new Made(root, base.withImageHashes(AllowList.only(listed)));
    }

    @Override
    public AttestationPolicy current() {
        Made last = made;
        RootState root = chain.root();
        if (last.root() != root) {
            last = make(root);
            made = last;
        }
        return last.policy();
    }

    @Override
    public Runnable onChange(Runnable listener) {
        return chain.onRootChange(newer -> listener.run());
    }
}
