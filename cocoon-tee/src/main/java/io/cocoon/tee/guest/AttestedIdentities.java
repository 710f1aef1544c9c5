package io.cocoon.tee.guest;

import io.cocoon.tee.CertificateIdentity;
import io.cocoon.tee.IdentitySource;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Certificates with genuine evidence, renewed in the background: evidence takes long, and a handshake must not wait for it.
 * While a renewal fails the last certificate is shown until it expires. Thread-safe; {@link #current} never blocks.
 */
public final class AttestedIdentities implements IdentitySource, AutoCloseable {

    /** How often a new key and certificate are made, if not set. TEE dossier 8.9. */
    public static final Duration DEFAULT_AGE = Duration.ofHours(1);

    private static final Duration LOOK_EVERY = Duration.ofMinutes(1);
    private static final Logger LOG = LoggerFactory.getLogger(AttestedIdentities.class);

    /** Makes an identity; blocks. For example {@code evidence::tdxIdentity}. */
    @FunctionalInterface
    public interface Maker {
        /** Makes one with a new key. */
        CertificateIdentity make() throws GuestException;
    }

    private final Maker maker;
    private final Clock clock;
    private final Duration age;
    private final ScheduledFuture<?> looking;
    private volatile CertificateIdentity held;
    private boolean failing;

    private AttestedIdentities(Maker maker, Clock clock, Duration age, ScheduledExecutorService executor)
            throws GuestException {
        this.maker = maker;
        this.clock = clock;
        this.age = age;
        this.held = maker.make();
        this.looking = executor.scheduleWithFixedDelay(
                this::look, LOOK_EVERY.toSeconds(), LOOK_EVERY.toSeconds(), TimeUnit.SECONDS);
    }

    /**
     * Makes the first identity, which blocks, and renews it from then on.
     *
     * @param age how old an identity may become, up to half of a certificate's life
     * @param executor renews, which blocks; it is not closed
     * @throws GuestException if the first identity cannot be made
     */
    public static AttestedIdentities start(Maker maker, Clock clock, Duration age, ScheduledExecutorService executor)
            throws GuestException {
        if (age.isNegative() || age.isZero() || age.compareTo(CertificateIdentity.LIFETIME.dividedBy(2)) > 0) {
            throw new IllegalArgumentException("an identity is renewed after at most half of its life, got " + age);
        }
        return new AttestedIdentities(maker, clock, age, executor);
    }

    /** Renews if it is time; called every minute. */
    void look() {
        Instant now = clock.instant();
        Instant made = held.notBefore();
        // Also after a step back of the clock: a certificate from the future is refused by every peer.
        if (now.isBefore(made.plus(age)) && !now.isBefore(made)) {
            return;
        }
        try {
            held = maker.make();
            failing = false;
        } catch (GuestException | RuntimeException e) {
            if (!failing) {
                LOG.warn(
                        "guest: no new certificate; the last one is shown until {}: {}", held.notAfter(), e.toString());
            }
            failing = true;
        }
    }

    /**
     * Returns the newest identity.
     *
     * @throws IllegalStateException if it has expired because no new one could be made
     */
    @Override
    public CertificateIdentity current() {
        CertificateIdentity identity = held;
        if (clock.instant().isAfter(identity.notAfter())) {
            throw new IllegalStateException(
                    "guest: the certificate expired at " + identity.notAfter() + " and no new evidence could be had");
        }
        return identity;
    }

    /** Ends the renewing. */
    @Override
    public void close() {
        looking.cancel(false);
    }
}
