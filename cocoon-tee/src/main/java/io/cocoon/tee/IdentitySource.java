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
     * they had. If making fails, the last one serves on and the next attempt comes after a sixteenth of its life, so that
     * a guest whose evidence is late for a while loses no connection.
     *
     * @param maker makes a new identity; called under a lock, by whichever handshake comes first
     */
    static IdentitySource renewing(Supplier<CertificateIdentity> maker, Clock clock) {
        return new IdentitySource() {
            private CertificateIdentity held = maker.get();
            private Instant renewal = afterPartOfLife(held.notBefore(), 2);

            private Instant afterPartOfLife(Instant from, int part) {
                return from.plus(
                        Duration.between(held.notBefore(), held.notAfter()).dividedBy(part));
            }

            @Override
            public synchronized CertificateIdentity current() {
                Instant now = clock.instant();
                if (!now.isBefore(renewal)) {
                    try {
                        held = maker.get();
                        renewal = afterPartOfLife(held.notBefore(), 2);
                    } catch (RuntimeException e) {
                        if (now.isAfter(held.notAfter())) {
                            throw e;
                        }
                        renewal = afterPartOfLife(now, 16);
                    }
                }
                return held;
            }
        };
    }
}
