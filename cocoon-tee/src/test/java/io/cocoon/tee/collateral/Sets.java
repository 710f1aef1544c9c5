package io.cocoon.tee.collateral;

import io.cocoon.tee.internal.DerException;
import io.cocoon.tee.internal.PemBlocks;
import io.cocoon.tee.sevsnp.SnpCollateral;
import io.cocoon.tee.sevsnp.SnpProduct;
import io.cocoon.tee.sevsnp.SnpTrust;
import io.cocoon.tee.tdx.TdxCollateral;
import io.cocoon.tee.tdx.TdxTrust;
import io.cocoon.testdata.TestData;
import io.cocoon.tl.Bytes;
import java.util.Optional;

/** The sets of the test data, signed by made-up roots. */
final class Sets {

    static final Fmspc FMSPC = Fmspc.fromHex("f0c056101765");

    private Sets() {}

    static TdxCollateral tdx() {
        try {
            return TdxCollateralJson.parse(Bytes.wrapUnshared(TestData.bytes("tdx/collateral/synthetic/base.json")));
        } catch (CollateralException e) {
            throw new AssertionError(e);
        }
    }

    static SnpCollateral snp() {
        return new SnpCollateral(
                SnpProduct.GENOA,
                PemBlocks.ofCertificate(data("ask-genoa.der")).concat(PemBlocks.ofCertificate(data("ark-genoa.der"))),
                Optional.of(data("crl-genoa.der")));
    }

    static CollateralTrust trust() {
        try {
            return new CollateralTrust(
                    TdxTrust.ofCertificate(PemBlocks.read("CERTIFICATE", tdx().tcbInfoIssuerChain(), 2)
                            .get(1)),
                    SnpTrust.of(SnpProduct.GENOA, SnpTrust.keyHash(data("ark-genoa.der"))));
        } catch (DerException e) {
            throw new AssertionError(e);
        }
    }

    /** A file of the synthetic SEV-SNP evidence. */
    static Bytes data(String name) {
        return Bytes.wrapUnshared(TestData.bytes("sev-snp/2026/synthetic/" + name));
    }
}
