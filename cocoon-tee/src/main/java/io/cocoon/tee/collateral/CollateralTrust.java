package io.cocoon.tee.collateral;

import io.cocoon.tee.sevsnp.SnpTrust;
import io.cocoon.tee.tdx.TdxTrust;

/**
 * Whose signatures a cache demands before it keeps something: the same pins as those of the verifiers. Immutable.
 *
 * @param intel the root of TDX and SGX platforms
 * @param amd the roots of SEV-SNP products; a revocation list is always demanded here
 */
public record CollateralTrust(TdxTrust intel, SnpTrust amd) {

    private static final CollateralTrust PRODUCTION = new CollateralTrust(TdxTrust.intel(), SnpTrust.amd());

    /** The roots of Intel's and AMD's production services. */
    public static CollateralTrust production() {
        return PRODUCTION;
    }
}
