package io.cocoon.tee.collateral;

import io.cocoon.tee.sevsnp.SnpProduct;
import io.cocoon.tl.Bytes;
import java.util.Map;

/**
 * Whose signatures a cache demands before it keeps something. Immutable. TEE dossier 3.5; vectors {@code amdRoots}.
 *
 * @param intelRootKey the root's P-256 key, 65 bytes (04, X, Y)
 * @param amdRootKeys per product, SHA-256 of the root's SubjectPublicKeyInfo
 */
public record CollateralTrust(Bytes intelRootKey, Map<SnpProduct, Bytes> amdRootKeys) {

    public CollateralTrust {
        amdRootKeys = Map.copyOf(amdRootKeys);
    }

    /** The roots of Intel's and AMD's production services. */
    public static CollateralTrust production() {
        return new CollateralTrust(
                Bytes.fromHex("040ba9c4c0c0c86193a3fe23d6b02cda10a8bbd4e88e48b4458561a36e705525f5"
                        + "67918e2edc88e40d860bd0cc4ee26aacc988e505a953558c453f6b0904ae7394"),
                Map.of(
                        SnpProduct.MILAN,
                        Bytes.fromHex("9f056bee44377e29308cb5ffa895bdfb62d18881fa6bed8d6f075b0204089cb9"),
                        SnpProduct.GENOA,
                        Bytes.fromHex("429a69c9422aa258ee4d8db5fcda9c6470ef15f8cd5a9cebd6cbc7d90b863831"),
                        SnpProduct.TURIN,
                        Bytes.fromHex("4f125410563a2ab9a50356f9243f6fe0b6f73de98603f53f90339c70e9d7ad08")));
    }
}
