package io.cocoon.tee.collateral;

import io.cocoon.tee.sevsnp.SnpCollateral;
import io.cocoon.tee.sevsnp.SnpProduct;
import io.cocoon.tee.tdx.TdxCollateral;
import io.cocoon.testdata.TestData;
import io.cocoon.tl.Bytes;
import java.io.ByteArrayInputStream;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
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
                Bytes.utf8(pem("ask-genoa.der") + pem("ark-genoa.der")),
                Optional.of(Bytes.wrapUnshared(TestData.bytes("sev-snp/2026/synthetic/crl-genoa.der"))));
    }

    private static String pem(String name) {
        return "-----BEGIN CERTIFICATE-----\n"
                + Base64.getMimeEncoder().encodeToString(TestData.bytes("sev-snp/2026/synthetic/" + name))
                + "\n-----END CERTIFICATE-----\n";
    }

    static CollateralTrust trust() {
        try {
            CertificateFactory factory = CertificateFactory.getInstance("X.509");
            List<Certificate> chain = new ArrayList<>(factory.generateCertificates(
                    new ByteArrayInputStream(tdx().tcbInfoIssuerChain().toByteArray())));
            byte[] intel = chain.get(1).getPublicKey().getEncoded();
            PublicKey amd = factory.generateCertificate(
                            new ByteArrayInputStream(TestData.bytes("sev-snp/2026/synthetic/ark-genoa.der")))
                    .getPublicKey();
            return new CollateralTrust(
                    Bytes.copyOf(intel, intel.length - 65, 65),
                    Map.of(
                            SnpProduct.GENOA,
                            Bytes.wrapUnshared(
                                    MessageDigest.getInstance("SHA-256").digest(amd.getEncoded()))));
        } catch (java.security.GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }
}
