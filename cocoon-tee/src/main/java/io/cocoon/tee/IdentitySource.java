package io.cocoon.tee;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Supplier;

/** Gives the certificate for the next handshake. Thread-safe; called on an event loop, so it must not block for long. */
@FunctionalInterface
public interface IdentitySource {

    /** Returns what to show now. */
    CertificateIdentity current();

    /** Always gives the same one. */
    static IdentitySource fixed(CertificateIdentity identity) {
        return () -> identity;
    }

    /**
     * Makes a new one when half of the last one's life is over, so that none expires in use. Running connections keep what
     * they had.
     *
     * @param maker makes a new identity; called under a lock, by whichever handshake comes first
     */
    static IdentitySource renewing(Supplier<CertificateIdentity> maker, Clock clock) {
        return new IdentitySource() {
            private CertificateIdentity held = maker.get();

            @Override
            public synchronized CertificateIdentity current() {
                Duration life = Duration.between(held.notBefore(), held.notAfter());
                Instant renewal = held.notBefore().plus(life.dividedBy(2));
                if (!clock.instant().isBefore(renewal)) {
                    held = maker.get();
                }
                return held;
            }
        };
    }
}
