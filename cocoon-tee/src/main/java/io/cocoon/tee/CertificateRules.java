package io.cocoon.tee;

import java.time.Duration;

/**
 * What a peer's certificate has to keep, beyond its form. Data; immutable.
 *
 * @param clockTolerance how much later than now a certificate may begin, because clocks differ; never applied to its end
 * @param maxLifetime longest time between a certificate's begin and its end, as it states them
 * @param toleratesMissingClaims whether a TDX quote may come without the claims extension, as from some older peers. The
 *     reference draws nothing from the claims, so this makes nobody weaker; but each live peer sends them (2026 part of
 *     the TEE dossier, 2.7)
 */
public record CertificateRules(Duration clockTolerance, Duration maxLifetime, boolean toleratesMissingClaims) {

    private static final Duration MAX_CLOCK_TOLERANCE = Duration.ofHours(1);

    /** Clocks of machines that keep time differ by less; an attacker gains nothing by an earlier begin. */
    public static final Duration DEFAULT_CLOCK_TOLERANCE = Duration.ofMinutes(1);

    /** The lifetime that the network's own certificates have. A quote has no nonce, so its certificate must age (7.8). */
    public static final Duration DEFAULT_MAX_LIFETIME = Duration.ofDays(1);

    /** A minute of tolerance, a day of life, claims wanted. */
    public static final CertificateRules DEFAULT =
            new CertificateRules(DEFAULT_CLOCK_TOLERANCE, DEFAULT_MAX_LIFETIME, false);

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException if the tolerance is negative or above an hour, or the lifetime is not positive
     */
    public CertificateRules {
        if (clockTolerance.isNegative() || clockTolerance.compareTo(MAX_CLOCK_TOLERANCE) > 0) {
            throw new IllegalArgumentException(
                    "a clock tolerance is 0 to " + MAX_CLOCK_TOLERANCE + ", this is " + clockTolerance);
        }
        if (maxLifetime.isNegative() || maxLifetime.isZero()) {
            throw new IllegalArgumentException("a lifetime is positive, this is " + maxLifetime);
        }
    }

    /** Returns the same rules with another tolerance, 0 to one hour. */
    public CertificateRules withClockTolerance(Duration value) {
        return new CertificateRules(value, maxLifetime, toleratesMissingClaims);
    }

    /** Returns the same rules with another longest lifetime. */
    public CertificateRules withMaxLifetime(Duration value) {
        return new CertificateRules(clockTolerance, value, toleratesMissingClaims);
    }

    /** Returns the same rules, but a TDX quote without claims is taken. */
    public CertificateRules toleratingMissingClaims() {
        return new CertificateRules(clockTolerance, maxLifetime, true);
    }
}
