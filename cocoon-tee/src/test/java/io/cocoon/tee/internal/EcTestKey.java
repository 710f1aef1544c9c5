package io.cocoon.tee.internal;

import io.cocoon.tl.Bytes;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.signers.ECDSASigner;
import org.bouncycastle.crypto.signers.HMacDSAKCalculator;
import org.bouncycastle.util.BigIntegers;

/** A key pair made from a name, so that every run signs the same bytes. For tests; never trust it. */
public final class EcTestKey {

    private final Curve curve;
    private final BigInteger secret;
    private final Bytes point;

    public EcTestKey(Curve curve, String name) {
        this.curve = curve;
        BigInteger seed =
                new BigInteger(1, Signatures.sha384(Bytes.wrapUnshared(name.getBytes(StandardCharsets.UTF_8))));
        this.secret = seed.mod(curve.domain().getN().subtract(BigInteger.TWO)).add(BigInteger.ONE);
        this.point = Bytes.wrapUnshared(
                curve.domain().getG().multiply(secret).normalize().getEncoded(false));
    }

    /** Returns 04 ‖ x ‖ y. */
    public Bytes point() {
        return point;
    }

    /** Returns x ‖ y. */
    public byte[] coordinates() {
        return point.sliceFrom(1).toByteArray();
    }

    public PublicKey.Ec publicKey() {
        try {
            return PublicKey.Ec.ofPoint(curve, point);
        } catch (DerException e) {
            throw new AssertionError(e);
        }
    }

    public BigInteger order() {
        return curve.domain().getN();
    }

    /** Returns r and s. */
    public BigInteger[] signHash(byte[] hash) {
        ECDSASigner signer = new ECDSASigner(new HMacDSAKCalculator(new SHA256Digest()));
        signer.init(true, new ECPrivateKeyParameters(secret, curve.domain()));
        return signer.generateSignature(hash);
    }

    /** Returns r ‖ s of the message under the curve's hash. */
    public byte[] signRaw(byte[] message) {
        return raw(signHash(hash(message)));
    }

    /** Returns a DER sequence of r and s. */
    public byte[] signDer(byte[] message) {
        return der(signHash(hash(message)));
    }

    public byte[] hash(byte[] message) {
        Bytes content = Bytes.copyOf(message);
        return curve == Curve.P256 ? Signatures.sha256(content) : Signatures.sha384(content);
    }

    public byte[] raw(BigInteger[] signature) {
        return DerOut.concat(
                BigIntegers.asUnsignedByteArray(curve.bytes(), signature[0]),
                BigIntegers.asUnsignedByteArray(curve.bytes(), signature[1]));
    }

    public static byte[] der(BigInteger[] signature) {
        return DerOut.sequence(DerOut.integer(signature[0]), DerOut.integer(signature[1]));
    }

    /** Returns a SubjectPublicKeyInfo. */
    public byte[] info() {
        String name = curve == Curve.P256 ? "1.2.840.10045.3.1.7" : "1.3.132.0.34";
        return DerOut.sequence(
                DerOut.sequence(DerOut.oid("1.2.840.10045.2.1"), DerOut.oid(name)), DerOut.bits(point.toByteArray()));
    }
}
