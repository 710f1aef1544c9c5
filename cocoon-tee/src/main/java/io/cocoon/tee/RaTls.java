package io.cocoon.tee;

import io.cocoon.transport.SecureChannel;
import io.cocoon.transport.SecureChannelProvider;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import org.jspecify.annotations.Nullable;

/**
 * Attested TLS: TLS 1.3, both sides show a certificate, and a policy judges the peer's evidence before anything else may
 * happen on the connection. Immutable and thread-safe.
 *
 * <p>What a ready channel means: the peer holds the key of its certificate, and the policy accepted its evidence for that
 * key. What it does not mean: that the policy asks for much; {@link AcceptUnattestedPeers} and {@link SimulatedEvidence}
 * prove nothing, and say so in every report.
 */
public final class RaTls implements SecureChannelProvider {

    private final TlsChannel.Settings settings;

    private RaTls(TlsChannel.Settings settings) {
        this.settings = settings;
    }

    /** Returns a builder. */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    public SecureChannel newClientChannel() {
        return new TlsChannel(settings, PeerCertificate.Role.CLIENT);
    }

    @Override
    public SecureChannel newServerChannel() {
        return new TlsChannel(settings, PeerCertificate.Role.SERVER);
    }

    /** Builds a {@link RaTls}. Not thread-safe. */
    public static final class Builder {
        private @Nullable IdentitySource identity;
        private @Nullable PeerPolicy policy;
        private CertificateRules rules = CertificateRules.DEFAULT;
        private Clock clock = Clock.systemUTC();
        private SecureRandom random = new SecureRandom();
        private Executor verification = ForkJoinPool.commonPool();

        private Builder() {}

        /** Sets what we show to peers. Required. */
        public Builder identity(IdentitySource value) {
            identity = value;
            return this;
        }

        /** Sets what we show to peers, for as long as it is valid. */
        public Builder identity(CertificateIdentity value) {
            identity = IdentitySource.fixed(value);
            return this;
        }

        /** Sets what a peer has to be. Required: there is no default that accepts anybody. */
        public Builder policy(PeerPolicy value) {
            policy = value;
            return this;
        }

        /** Sets what a peer's certificate has to keep; by default {@link CertificateRules#DEFAULT}. */
        public Builder certificateRules(CertificateRules value) {
            rules = value;
            return this;
        }

        /** Sets the clock that certificates are checked by. */
        public Builder clock(Clock value) {
            clock = value;
            return this;
        }

        /** Sets where the handshake's random bytes come from. */
        public Builder random(SecureRandom value) {
            random = value;
            return this;
        }

        /** Sets where certificates and evidence are verified; by default the common pool. */
        public Builder verificationExecutor(Executor value) {
            verification = value;
            return this;
        }

        /**
         * Makes the provider.
         *
         * @throws IllegalStateException if the identity or the policy is missing
         */
        public RaTls build() {
            IdentitySource shown = identity;
            PeerPolicy demanded = policy;
            if (shown == null || demanded == null) {
                throw new IllegalStateException("attested TLS needs an identity and a policy; "
                        + (shown == null ? "identity" : "policy") + " is not set");
            }
            return new RaTls(new TlsChannel.Settings(shown, demanded, rules, clock, random, verification));
        }
    }
}
