package io.cocoon.tee.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import java.math.BigInteger;
import java.util.Arrays;
import org.bouncycastle.crypto.digests.SHA384Digest;
import org.bouncycastle.crypto.engines.RSAEngine;
import org.bouncycastle.crypto.generators.RSAKeyPairGenerator;
import org.bouncycastle.crypto.params.RSAKeyGenerationParameters;
import org.bouncycastle.crypto.params.RSAKeyParameters;
import org.bouncycastle.crypto.signers.PSSSigner;
import org.bouncycastle.util.BigIntegers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The edges of signatures, in the manner of project Wycheproof. */
class SignaturesTest {

    private static final byte[] MESSAGE = {1, 2, 3, 4};
    private static final Bytes TEXT = Bytes.wrapUnshared(MESSAGE);

    private static boolean raw(EcTestKey key, Curve curve, BigInteger r, BigInteger s) {
        int size = curve.bytes();
        if (r.bitLength() > 8 * size || s.bitLength() > 8 * size) {
            return false;
        }
        return Signatures.ecdsaRaw(
                key.publicKey(),
                TEXT,
                Bytes.wrapUnshared(DerOut.concat(
                        BigIntegers.asUnsignedByteArray(size, r), BigIntegers.asUnsignedByteArray(size, s))));
    }

    private static boolean der(EcTestKey key, Curve curve, byte[] signature) {
        SignatureAlgorithm algorithm =
                curve == Curve.P256 ? SignatureAlgorithm.ECDSA_SHA256 : SignatureAlgorithm.ECDSA_SHA384;
        return Signatures.verify(algorithm, key.publicKey(), TEXT, Bytes.wrapUnshared(signature));
    }

    @ParameterizedTest
    @EnumSource
    void should_verify_a_signature_in_both_forms(Curve curve) {
        EcTestKey key = new EcTestKey(curve, "a");

        assertThat(Signatures.ecdsaRaw(key.publicKey(), TEXT, Bytes.wrapUnshared(key.signRaw(MESSAGE))))
                .isTrue();
        assertThat(der(key, curve, key.signDer(MESSAGE))).isTrue();
        assertThat(der(new EcTestKey(curve, "b"), curve, key.signDer(MESSAGE))).isFalse();
        assertThat(Signatures.ecdsaRaw(key.publicKey(), Bytes.empty(), Bytes.wrapUnshared(key.signRaw(MESSAGE))))
                .isFalse();
    }

    @ParameterizedTest
    @EnumSource
    void should_refuse_r_and_s_outside_of_1_to_the_order(Curve curve) {
        EcTestKey key = new EcTestKey(curve, "a");
        BigInteger[] good = key.signHash(key.hash(MESSAGE));
        BigInteger n = key.order();

        for (BigInteger bad : new BigInteger[] {BigInteger.ZERO, n, n.add(BigInteger.ONE), n.add(BigInteger.TWO)}) {
            assertThat(raw(key, curve, bad, good[1])).isFalse();
            assertThat(raw(key, curve, good[0], bad)).isFalse();
            assertThat(der(key, curve, EcTestKey.der(new BigInteger[] {bad, good[1]})))
                    .isFalse();
            assertThat(der(key, curve, EcTestKey.der(new BigInteger[] {good[0], bad})))
                    .isFalse();
        }
        assertThat(raw(key, curve, BigInteger.ZERO, BigInteger.ZERO)).isFalse();
        assertThat(raw(key, curve, BigInteger.ONE, BigInteger.ONE)).isFalse();
        // The same numbers plus the order: equal in the group, and still not the signature.
        assertThat(der(key, curve, EcTestKey.der(new BigInteger[] {good[0].add(n), good[1]})))
                .isFalse();
        assertThat(der(key, curve, EcTestKey.der(new BigInteger[] {good[0], good[1].add(n)})))
                .isFalse();
        assertThat(der(key, curve, EcTestKey.der(new BigInteger[] {good[0].subtract(n), good[1]})))
                .isFalse();
    }

    @ParameterizedTest
    @EnumSource
    void should_verify_the_second_s_that_every_signature_has(Curve curve) {
        EcTestKey key = new EcTestKey(curve, "a");
        BigInteger[] good = key.signHash(key.hash(MESSAGE));

        assertThat(raw(key, curve, good[0], key.order().subtract(good[1]))).isTrue();
        assertThat(der(key, curve, EcTestKey.der(new BigInteger[] {good[0], good[1].negate()})))
                .isFalse();
    }

    @ParameterizedTest
    @EnumSource
    void should_refuse_every_encoding_but_the_one(Curve curve) {
        EcTestKey key = new EcTestKey(curve, "a");
        BigInteger[] good = key.signHash(key.hash(MESSAGE));
        byte[] r = DerOut.integer(good[0]);
        byte[] s = DerOut.integer(good[1]);
        byte[] whole = key.signDer(MESSAGE);

        assertThat(der(key, curve, DerOut.sequence(r, s))).isTrue();
        assertThat(der(key, curve, DerOut.sequence(DerOut.value(2, new byte[1], good[0].toByteArray()), s)))
                .as("leading zero")
                .isFalse();
        assertThat(der(key, curve, DerOut.sequence(r, s, DerOut.integer(0))))
                .as("third number")
                .isFalse();
        assertThat(der(key, curve, DerOut.sequence(r))).as("one number").isFalse();
        assertThat(der(key, curve, DerOut.sequence())).as("empty").isFalse();
        assertThat(der(key, curve, new byte[0])).as("nothing").isFalse();
        assertThat(der(key, curve, Arrays.copyOf(whole, whole.length + 1)))
                .as("bytes behind")
                .isFalse();
        assertThat(der(key, curve, Arrays.copyOf(whole, whole.length - 1)))
                .as("cut off")
                .isFalse();
        assertThat(der(key, curve, DerOut.value(0x31, r, s))).as("a set").isFalse();
        assertThat(der(key, curve, DerOut.sequence(DerOut.octets(good[0].toByteArray()), s)))
                .as("octets")
                .isFalse();
        assertThat(der(key, curve, DerOut.concat(new byte[] {0x30, (byte) 0x80}, r, s, new byte[2])))
                .as("indefinite length")
                .isFalse();
        assertThat(der(
                        key,
                        curve,
                        DerOut.concat(new byte[] {0x30, (byte) 0x82, 0, (byte) (r.length + s.length)}, r, s)))
                .as("length in more bytes than needed")
                .isFalse();
        assertThat(Signatures.ecdsaRaw(key.publicKey(), TEXT, Bytes.wrapUnshared(key.signDer(MESSAGE))))
                .as("DER where raw is wanted")
                .isFalse();
        assertThat(der(key, curve, key.signRaw(MESSAGE)))
                .as("raw where DER is wanted")
                .isFalse();
        assertThat(Signatures.ecdsaRaw(
                        key.publicKey(),
                        TEXT,
                        Bytes.wrapUnshared(Arrays.copyOf(key.signRaw(MESSAGE), 2 * curve.bytes() - 1))))
                .as("one byte short")
                .isFalse();
    }

    @ParameterizedTest
    @EnumSource
    void should_refuse_a_point_that_is_none(Curve curve) {
        byte[] point = new EcTestKey(curve, "a").point().toByteArray();
        byte[] compressed = Arrays.copyOf(point, 1 + curve.bytes());
        compressed[0] = 2;
        byte[] off = point.clone();
        off[off.length - 1] ^= 1;
        byte[] hybrid = point.clone();
        hybrid[0] = 6;
        byte[] beyond = new byte[point.length];
        Arrays.fill(beyond, (byte) 0xff);
        beyond[0] = 4;

        for (byte[] bad : new byte[][] {compressed, off, hybrid, beyond, {0}, {}, new byte[point.length]}) {
            assertThatThrownBy(() -> PublicKey.Ec.ofPoint(curve, Bytes.wrapUnshared(bad)))
                    .isInstanceOf(DerException.class);
        }
        byte[] infinity = new byte[point.length];
        infinity[0] = 4;
        assertThatThrownBy(() -> PublicKey.Ec.ofPoint(curve, Bytes.wrapUnshared(infinity)))
                .isInstanceOf(DerException.class);
    }

    @Test
    void should_not_verify_with_a_key_or_an_algorithm_of_another_kind() {
        EcTestKey key = new EcTestKey(Curve.P256, "a");
        Bytes signature = Bytes.wrapUnshared(key.signDer(MESSAGE));

        assertThat(Signatures.verify(SignatureAlgorithm.ECDSA_SHA384, key.publicKey(), TEXT, signature))
                .isFalse();
        assertThat(Signatures.verify(SignatureAlgorithm.ED25519, key.publicKey(), TEXT, signature))
                .isFalse();
        assertThat(Signatures.verify(SignatureAlgorithm.RSA_PSS_SHA384, key.publicKey(), TEXT, signature))
                .isFalse();
        assertThat(Signatures.verify(SignatureAlgorithm.UNSUPPORTED, key.publicKey(), TEXT, signature))
                .isFalse();
    }

    @Test
    void should_verify_rsa_pss_with_a_salt_of_48_bytes_only() throws Exception {
        RSAKeyPairGenerator generator = new RSAKeyPairGenerator();
        java.security.SecureRandom random = new java.security.SecureRandom();
        generator.init(new RSAKeyGenerationParameters(BigInteger.valueOf(65_537), random, 2_048, 80));
        var pair = generator.generateKeyPair();
        RSAKeyParameters open = (RSAKeyParameters) pair.getPublic();
        PublicKey.Rsa key = new PublicKey.Rsa(open.getModulus(), open.getExponent());

        assertThat(pss(pair.getPrivate(), 48, key)).isTrue();
        assertThat(pss(pair.getPrivate(), 32, key)).isFalse();
        assertThat(Signatures.verify(SignatureAlgorithm.RSA_PSS_SHA384, key, TEXT, Bytes.wrapUnshared(new byte[256])))
                .isFalse();
        assertThat(Signatures.verify(SignatureAlgorithm.RSA_PSS_SHA384, key, TEXT, Bytes.wrapUnshared(new byte[255])))
                .isFalse();
        assertThat(Signatures.verify(
                        SignatureAlgorithm.RSA_PSS_SHA384,
                        key,
                        TEXT,
                        Bytes.wrapUnshared(BigIntegers.asUnsignedByteArray(256, key.modulus()))))
                .isFalse();
    }

    private static boolean pss(
            org.bouncycastle.crypto.params.AsymmetricKeyParameter secret, int salt, PublicKey.Rsa key)
            throws Exception {
        PSSSigner signer = new PSSSigner(new RSAEngine(), new SHA384Digest(), salt);
        signer.init(true, secret);
        signer.update(MESSAGE, 0, MESSAGE.length);
        Bytes signature = Bytes.wrapUnshared(signer.generateSignature());
        return Signatures.verify(SignatureAlgorithm.RSA_PSS_SHA384, key, TEXT, signature);
    }

    /** The order of Ed25519's group, little-endian. */
    private static final BigInteger L =
            BigInteger.ONE.shiftLeft(252).add(new BigInteger("27742317777372353535851937790883648493"));

    @Test
    void should_refuse_an_ed25519_signature_whose_s_is_not_below_the_order() {
        Ed25519Key key = Ed25519Key.fromSeed(Int256.fromHex("07".repeat(32)));
        byte[] good = key.sign(TEXT).toByteArray();
        BigInteger s = new BigInteger(1, reversed(Arrays.copyOfRange(good, 32, 64)));

        assertThat(Ed25519Key.verify(key.publicKey(), TEXT, Bytes.wrapUnshared(good)))
                .isTrue();
        for (BigInteger bad : new BigInteger[] {s.add(L), L, BigInteger.ZERO, L.subtract(s)}) {
            byte[] changed = good.clone();
            System.arraycopy(reversed(BigIntegers.asUnsignedByteArray(32, bad)), 0, changed, 32, 32);
            assertThat(Ed25519Key.verify(key.publicKey(), TEXT, Bytes.wrapUnshared(changed)))
                    .isFalse();
        }
    }

    /** Points of small order: a signature of zeros would hold for every message under a careless verifier. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "0100000000000000000000000000000000000000000000000000000000000000",
                "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                "0000000000000000000000000000000000000000000000000000000000000000",
                "0000000000000000000000000000000000000000000000000000000000000080",
                "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
                "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
                "0100000000000000000000000000000000000000000000000000000000000080",
                "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            })
    void should_refuse_ed25519_keys_of_small_order_or_not_in_their_shortest_form(String key) {
        byte[] signature = new byte[64];
        signature[0] = 1;

        assertThat(Ed25519Key.verify(Int256.fromHex(key), TEXT, Bytes.wrapUnshared(signature)))
                .isFalse();
        assertThat(Ed25519Key.verify(Int256.fromHex(key), TEXT, Bytes.wrapUnshared(new byte[64])))
                .isFalse();
    }

    @Test
    void should_refuse_ed25519_signatures_of_another_length_or_with_an_r_that_is_no_point() {
        Ed25519Key key = Ed25519Key.fromSeed(Int256.fromHex("07".repeat(32)));
        byte[] good = key.sign(TEXT).toByteArray();

        assertThat(Ed25519Key.verify(key.publicKey(), TEXT, Bytes.wrapUnshared(Arrays.copyOf(good, 63))))
                .isFalse();
        assertThat(Ed25519Key.verify(key.publicKey(), TEXT, Bytes.wrapUnshared(Arrays.copyOf(good, 65))))
                .isFalse();
        Arrays.fill(good, 0, 32, (byte) 0xff);
        assertThat(Ed25519Key.verify(key.publicKey(), TEXT, Bytes.wrapUnshared(good)))
                .isFalse();
    }

    private static byte[] reversed(byte[] source) {
        byte[] target = new byte[source.length];
        for (int i = 0; i < target.length; i++) {
            target[i] = source[source.length - 1 - i];
        }
        return target;
    }
}
