package io.cocoon.tee.internal;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import org.bouncycastle.crypto.AsymmetricCipherKeyPair;
import org.bouncycastle.crypto.Digest;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.digests.SHA384Digest;
import org.bouncycastle.crypto.engines.RSAEngine;
import org.bouncycastle.crypto.generators.RSAKeyPairGenerator;
import org.bouncycastle.crypto.params.RSAKeyGenerationParameters;
import org.bouncycastle.crypto.params.RSAKeyParameters;
import org.bouncycastle.crypto.signers.PSSSigner;

/**
 * An RSA key pair made from a name, so that every run signs the same bytes. Of 2,048 bits, because a test wants many quickly. For
 * tests; never trust it.
 */
public final class RsaTestKey {

    private static final int BITS = 2_048;
    private static final int CERTAINTY = 64;

    private final RSAKeyParameters open;
    private final RSAKeyParameters secret;

    public RsaTestKey(String name) {
        RSAKeyPairGenerator generator = new RSAKeyPairGenerator();
        generator.init(
                new RSAKeyGenerationParameters(BigInteger.valueOf(65_537), new NamedRandom(name), BITS, CERTAINTY));
        AsymmetricCipherKeyPair pair = generator.generateKeyPair();
        open = (RSAKeyParameters) pair.getPublic();
        secret = (RSAKeyParameters) pair.getPrivate();
    }

    /** Returns a SubjectPublicKeyInfo. */
    public byte[] info() {
        return DerOut.sequence(
                DerOut.sequence(DerOut.oid("1.2.840.113549.1.1.1"), DerOut.value(Der.NULL)),
                DerOut.bits(DerOut.sequence(DerOut.integer(open.getModulus()), DerOut.integer(open.getExponent()))));
    }

    /** Signs with RSASSA-PSS, MGF1 over the same hash, and a salt of zeros. */
    public byte[] sign(byte[] message, boolean sha256, int saltBytes) {
        Digest content = sha256 ? new SHA256Digest() : new SHA384Digest();
        Digest mask = sha256 ? new SHA256Digest() : new SHA384Digest();
        PSSSigner signer =
                new PSSSigner(new RSAEngine(), content, mask, new byte[saltBytes], PSSSigner.TRAILER_IMPLICIT);
        signer.init(true, secret);
        signer.update(message, 0, message.length);
        try {
            return signer.generateSignature();
        } catch (org.bouncycastle.crypto.CryptoException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The same bytes in every run: SHA-384 of a name and a counter. */
    private static final class NamedRandom extends SecureRandom {
        private static final long serialVersionUID = 1L;

        private final String name;
        private int counter;

        private NamedRandom(String name) {
            super(null, null);
            this.name = name;
        }

        @Override
        public void nextBytes(byte[] target) {
            int at = 0;
            while (at < target.length) {
                byte[] block = Signatures.sha384(
                        io.cocoon.tl.Bytes.copyOf((name + ' ' + counter++).getBytes(StandardCharsets.UTF_8)));
                int length = Math.min(block.length, target.length - at);
                System.arraycopy(block, 0, target, at, length);
                at += length;
            }
        }
    }
}
