package io.cocoon.tee.internal;

import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import java.math.BigInteger;
import java.util.Objects;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.math.ec.ECPoint;

/** A public key of one of the kinds that are used. Immutable; equal if the values are. */
public sealed interface PublicKey {

    /** Smallest and largest RSA modulus, in bits. AMD's have 4,096. */
    int MIN_RSA_BITS = 2_048;

    int MAX_RSA_BITS = 8_192;

    /** A point of a curve, checked to be on it and not at infinity. */
    final class Ec implements PublicKey {
        private final Curve curve;
        private final Bytes point;
        private final ECPublicKeyParameters parameters;

        private Ec(Curve curve, Bytes point, ECPublicKeyParameters parameters) {
            this.curve = curve;
            this.point = point;
            this.parameters = parameters;
        }

        /** Returns the key at the coordinates x and y, big-endian, one behind the other. */
        public static Ec ofCoordinates(Curve curve, Bytes coordinates) throws DerException {
            if (coordinates.length() != 2 * curve.bytes()) {
                throw new DerException(
                        "a public key of " + coordinates.length() + " bytes", 2 * curve.bytes() + " bytes, x and y");
            }
            byte[] point = new byte[1 + coordinates.length()];
            point[0] = 4;
            coordinates.copyTo(point, 1);
            return ofPoint(curve, Bytes.wrapUnshared(point));
        }

        /** Returns the key of an uncompressed point, 04 ‖ x ‖ y. */
        public static Ec ofPoint(Curve curve, Bytes point) throws DerException {
            if (point.length() != 1 + 2 * curve.bytes() || point.get(0) != 4) {
                throw new DerException(
                        "a point of " + point.length() + " bytes",
                        "an uncompressed point of " + curve + ", 04 ‖ x ‖ y");
            }
            try {
                // decodePoint refuses coordinates that are not below the field's prime and points off the curve.
                ECPoint decoded = curve.domain().getCurve().decodePoint(point.toByteArray());
                return new Ec(curve, point, new ECPublicKeyParameters(decoded, curve.domain()));
            } catch (IllegalArgumentException e) {
                throw new DerException("a point that is not on the curve", "a point of " + curve);
            }
        }

        /** Returns the curve. */
        public Curve curve() {
            return curve;
        }

        /** Returns the uncompressed point, 04 ‖ x ‖ y. */
        public Bytes point() {
            return point;
        }

        ECPublicKeyParameters parameters() {
            return parameters;
        }

        @Override
        public boolean equals(Object object) {
            return object instanceof Ec other && curve == other.curve && point.equals(other.point);
        }

        @Override
        public int hashCode() {
            return Objects.hash(curve, point);
        }

        @Override
        public String toString() {
            return "EC " + curve + " " + point.toHex();
        }
    }

    /** An RSA key. */
    record Rsa(BigInteger modulus, BigInteger exponent) implements PublicKey {
        public Rsa {
            int bits = modulus.bitLength();
            if (bits < MIN_RSA_BITS || bits > MAX_RSA_BITS || modulus.signum() < 0 || !modulus.testBit(0)) {
                throw new IllegalArgumentException("an RSA modulus of " + bits + " bits");
            }
            if (exponent.signum() <= 0
                    || exponent.bitLength() > 32
                    || !exponent.testBit(0)
                    || exponent.equals(BigInteger.ONE)) {
                throw new IllegalArgumentException("an RSA exponent of " + exponent.bitLength() + " bits");
            }
        }
    }

    /** An Ed25519 key. */
    record Ed25519(Int256 key) implements PublicKey {}

    /** Reads a SubjectPublicKeyInfo. */
    static PublicKey read(Der parent) throws DerException {
        Der info = parent.enter(Der.SEQUENCE, "subjectPublicKeyInfo");
        Der algorithm = info.enter(Der.SEQUENCE, "key algorithm");
        String identifier = algorithm.identifier("key algorithm");
        PublicKey key = switch (identifier) {
            case "1.2.840.10045.2.1" -> Ec.ofPoint(curve(algorithm), info.bitString("public key"));
            // RSA for any scheme, or for RSASSA-PSS only, whose parameters the signature states again.
            case "1.2.840.113549.1.1.1", "1.2.840.113549.1.1.10" -> {
                algorithm.rest();
                yield rsa(info.bitString("public key"));
            }
            case "1.3.101.112" -> ed25519(info.bitString("public key"));
            default -> throw new DerException("a key of algorithm " + identifier, "EC, RSA or Ed25519");
        };
        algorithm.expectEnd("the key algorithm");
        info.expectEnd("the public key");
        return key;
    }

    private static Curve curve(Der algorithm) throws DerException {
        String name = algorithm.identifier("curve");
        return switch (name) {
            case "1.2.840.10045.3.1.7" -> Curve.P256;
            case "1.3.132.0.34" -> Curve.P384;
            default -> throw new DerException("curve " + name, "P-256 or P-384");
        };
    }

    private static Rsa rsa(Bytes encoded) throws DerException {
        Der outer = new Der(encoded);
        Der key = outer.enter(Der.SEQUENCE, "RSA key");
        outer.expectEnd("the RSA key");
        BigInteger modulus =
                new BigInteger(1, key.magnitude("RSA modulus", MAX_RSA_BITS / 8).toByteArray());
        BigInteger exponent = new BigInteger(1, key.magnitude("RSA exponent", 4).toByteArray());
        key.expectEnd("the RSA exponent");
        try {
            return new Rsa(modulus, exponent);
        } catch (IllegalArgumentException e) {
            throw new DerException(String.valueOf(e.getMessage()), "a modulus of 2,048 to 8,192 bits, an odd exponent");
        }
    }

    private static Ed25519 ed25519(Bytes key) throws DerException {
        if (key.length() != Int256.BYTES) {
            throw new DerException("an Ed25519 key of " + key.length() + " bytes", "32 bytes");
        }
        return new Ed25519(Int256.of(key.toByteArray()));
    }
}
