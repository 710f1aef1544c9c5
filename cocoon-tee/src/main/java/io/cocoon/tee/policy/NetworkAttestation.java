package io.cocoon.tee.policy;

import io.cocoon.tee.collateral.CollateralSource;
import io.cocoon.ton.chain.CocoonChain;
import java.time.Clock;
import java.util.concurrent.Executor;

/**
 * What the roles demand of each other on a live network if nobody says otherwise: genuine TDX evidence, up to date, of an image
 * that the root contract lists for the peer's role. Immutable and thread-safe.
 *
 * <p>SEV-SNP is not among the defaults: the hash of the network's SEV image covers firmware only (2026 part of the TEE dossier,
 * 6.6 and 8.11), so it would let any software in. {@link #base} takes a policy that allows it by name.
 */
public final class NetworkAttestation {

    /** TDX, strict, no image: the root contract's lists are put in its place. */
    public static final AttestationPolicy DEFAULT = AttestationPolicy.builder("root-contract")
            .allowTdx()
            .imageHashes(java.util.List.of())
            .build();

    private final CocoonChain chain;
    private final CollateralSource collateral;
    private final AttestationPolicy base;
    private final TrustAnchors anchors;
    private final Clock clock;
    private final Executor executor;

    private NetworkAttestation(
            CocoonChain chain,
            CollateralSource collateral,
            AttestationPolicy base,
            TrustAnchors anchors,
            Clock clock,
            Executor executor) {
        this.chain = chain;
        this.collateral = collateral;
        this.base = base;
        this.anchors = anchors;
        this.clock = clock;
        this.executor = executor;
    }

    /**
     * Uses the defaults.
     *
     * @param chain where the root contract is read; stays the caller's
     * @param collateral stays the caller's
     */
    public static NetworkAttestation of(CocoonChain chain, CollateralSource collateral) {
        return new NetworkAttestation(
                chain,
                collateral,
                DEFAULT,
                TrustAnchors.genuine(),
                Clock.systemUTC(),
                java.util.concurrent.ForkJoinPool.commonPool());
    }

    /** Returns the same with another policy, whose images are replaced by those of the root contract. */
    public NetworkAttestation base(AttestationPolicy policy) {
        return new NetworkAttestation(chain, collateral, policy, anchors, clock, executor);
    }

    /** Returns the same with other roots: {@link TrustAnchors#forTestsOnly}. */
    public NetworkAttestation trust(TrustAnchors value) {
        return new NetworkAttestation(chain, collateral, base, value, clock, executor);
    }

    /** Returns the same with another clock. */
    public NetworkAttestation clock(Clock value) {
        return new NetworkAttestation(chain, collateral, base, anchors, value, executor);
    }

    /** Returns the same with another executor for verification; the common pool by default. */
    public NetworkAttestation executor(Executor value) {
        return new NetworkAttestation(chain, collateral, base, anchors, clock, value);
    }

    /** Returns what clients and workers demand of proxies. To be closed after its connections. */
    public AttestedPeers ofProxies() {
        return peers(PolicySource.proxiesOf(chain, base));
    }

    /** Returns what proxies demand of workers. To be closed after its connections. */
    public AttestedPeers ofWorkers() {
        return peers(PolicySource.workersOf(chain, base));
    }

    /** Returns what a key manager demands of its callers. To be closed after its connections. */
    public AttestedPeers ofProxiesAndWorkers() {
        return peers(PolicySource.proxiesAndWorkersOf(chain, base));
    }

    /** Returns what callers demand of the key manager. To be closed after its connections. */
    public AttestedPeers ofKeyManager() {
        return peers(PolicySource.keyManagerOf(chain, base));
    }

    private AttestedPeers peers(PolicySource policy) {
        return AttestedPeers.builder()
                .policy(policy)
                .collateral(collateral)
                .trust(anchors)
                .clock(clock)
                .executor(executor)
                .build();
    }
}
