package io.cocoon.benchmarks;

import java.security.GeneralSecurityException;
import java.util.concurrent.TimeUnit;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.crypto.InvalidCipherTextException;
import org.bouncycastle.crypto.engines.AESEngine;
import org.bouncycastle.crypto.modes.GCMBlockCipher;
import org.bouncycastle.crypto.modes.GCMModeCipher;
import org.bouncycastle.crypto.params.AEADParameters;
import org.bouncycastle.crypto.params.KeyParameter;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Guards the decision that TLS records are encrypted by the JDK's AES-GCM and not by the TLS engine's own: the inner step of
 * one record, a fresh nonce, five bytes of associated data.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
public class AesGcmBenchmark {

    private static final int TAG_BYTES = 16;
    private static final int BITS = 8;

    /** A small frame, and the largest record. */
    @Param({"200", "16384"})
    int bytes;

    private final byte[] key = new byte[16];
    private final byte[] nonce = new byte[12];
    private final byte[] header = new byte[5];
    private final byte[] input = new byte[1 << 14];
    private final byte[] output = new byte[input.length + TAG_BYTES];
    private final SecretKeySpec jdkKey = new SecretKeySpec(key, "AES");
    private final Cipher jdk = jdkCipher();
    private final GCMModeCipher bouncyCastle = GCMBlockCipher.newInstance(AESEngine.newInstance());

    private static Cipher jdkCipher() {
        try {
            return Cipher.getInstance("AES/GCM/NoPadding");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java runtime has AES/GCM", e);
        }
    }

    /** A nonce must not come twice with a key; both ciphers look. */
    private void nextNonce() {
        for (int i = nonce.length - 1; ++nonce[i] == 0; i--) {
            // The carry goes on to the next byte.
        }
    }

    /** What the library does. */
    @Benchmark
    public int jdk() throws GeneralSecurityException {
        nextNonce();
        jdk.init(Cipher.ENCRYPT_MODE, jdkKey, new GCMParameterSpec(TAG_BYTES * BITS, nonce));
        jdk.updateAAD(header);
        return jdk.doFinal(input, 0, bytes, output, 0);
    }

    /** What the TLS engine would do by itself. */
    @Benchmark
    public int bouncyCastle() throws InvalidCipherTextException {
        nextNonce();
        bouncyCastle.init(true, new AEADParameters(new KeyParameter(key), TAG_BYTES * BITS, nonce, header));
        int count = bouncyCastle.processBytes(input, 0, bytes, output, 0);
        return count + bouncyCastle.doFinal(output, count);
    }
}
