package io.cocoon.proxy;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import java.util.Base64;

/** The publicly known keys of the reference's local network. */
public final class Identities {
    public static final Ed25519Key PROXY_KEY = key("ml+7xELuOQtfp9q9mSWtHiSWx5aSBV6p3xCfwPmHOwY=");
    public static final Ed25519Key KEY_MANAGER_KEY = key("4DV6iMUS16P6Y/6MlF6qfnxii7q2UWXUwSi4bgvcaf8=");
    public static final Ed25519Key NETWORK_KEY = key("BwrYLmEy2rMgZ/tyCv0AYFVaZPkFu+wNwoSQiJUbOmM=");
    public static final Address OWNER = Address.parse("UQAuz15H1ZHrZ_psVrAra7HealMIVeFq0wguqlmFno1f3B-m");

    private Identities() {}

    private static Ed25519Key key(String base64) {
        return Ed25519Key.fromSeed(Int256.of(Base64.getDecoder().decode(base64)));
    }
}
