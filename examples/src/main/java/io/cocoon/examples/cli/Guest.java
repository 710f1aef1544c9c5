package io.cocoon.examples.cli;

import io.cocoon.tee.IdentitySource;
import io.cocoon.tee.collateral.CachedCollateral;
import io.cocoon.tee.collateral.CollateralSource;
import io.cocoon.tee.collateral.HttpCollateral;
import io.cocoon.tee.guest.AttestedIdentities;
import io.cocoon.tee.guest.GuestEvidence;
import io.cocoon.tee.guest.GuestException;
import io.cocoon.tl.Int256;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;

/**
 * What a node on a live network shows of itself, and believes of others: evidence of the confidential machine that this process
 * runs in, and the vendors' collateral.
 *
 * @param identity renewed by itself
 * @param imageHash of the image that this machine was started with
 * @param collateral fetched from Intel, and kept
 * @param end ends the renewing
 */
record Guest(IdentitySource identity, Int256 imageHash, CollateralSource collateral, Runnable end)
        implements AutoCloseable {

    /** Looks around. @throws GuestException if this is no TDX guest; the message says what is wanted */
    static Guest open(SecureRandom random) throws GuestException {
        Clock clock = Clock.systemUTC();
        GuestEvidence evidence = GuestEvidence.detect(clock, random);
        Int256 image = evidence.imageHash();
        ScheduledExecutorService renewing = Executors.newSingleThreadScheduledExecutor();
        try {
            AttestedIdentities identities =
                    AttestedIdentities.start(evidence::tdxIdentity, clock, AttestedIdentities.DEFAULT_AGE, renewing);
            HttpCollateral vendors = HttpCollateral.builder().clock(clock).build();
            CachedCollateral kept =
                    CachedCollateral.builder(vendors).clock(clock).build();
            return new Guest(identities, image, kept, () -> {
                identities.close();
                renewing.shutdownNow();
                kept.close();
                vendors.close();
            });
        } catch (GuestException | RuntimeException e) {
            renewing.shutdownNow();
            throw e;
        }
    }

    @Override
    public void close() {
        end.run();
    }
}
