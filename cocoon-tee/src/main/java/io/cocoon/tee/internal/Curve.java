package io.cocoon.tee.internal;

import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.crypto.params.ECDomainParameters;

/** The two elliptic curves of the vendors' signatures. */
public enum Curve {
    P256("secp256r1", 32),
    P384("secp384r1", 48);

    private final int bytes;
    private final ECDomainParameters domain;

    Curve(String name, int bytes) {
        this.bytes = bytes;
        X9ECParameters parameters = CustomNamedCurves.getByName(name);
        this.domain = new ECDomainParameters(parameters);
    }

    /** Returns the length of a coordinate, and of r and s, in bytes. */
    public int bytes() {
        return bytes;
    }

    ECDomainParameters domain() {
        return domain;
    }
}
