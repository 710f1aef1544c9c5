package io.cocoon.tee;

import java.io.IOException;
import java.security.GeneralSecurityException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.tls.AlertDescription;
import org.bouncycastle.tls.TlsFatalAlert;
import org.bouncycastle.tls.crypto.impl.TlsAEADCipherImpl;
import org.jspecify.annotations.Nullable;

/** AES-GCM of the JDK, one direction of one connection. */
final class JceAesGcm implements TlsAEADCipherImpl {

    private static final int BITS = 8;

    private final int mode;
    private final Cipher cipher;
    private @Nullable SecretKeySpec key;

    JceAesGcm(boolean encrypt) {
        this.mode = encrypt ? Cipher.ENCRYPT_MODE : Cipher.DECRYPT_MODE;
        try {
            this.cipher = Cipher.getInstance("AES/GCM/NoPadding");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java runtime has AES/GCM", e);
        }
    }

    @Override
    public void setKey(byte[] source, int offset, int length) {
        key = new SecretKeySpec(source, offset, length, "AES");
    }

    @Override
    public void init(byte[] nonce, int tagBytes) throws IOException {
        try {
            cipher.init(mode, key, new GCMParameterSpec(tagBytes * BITS, nonce));
        } catch (GeneralSecurityException e) {
            throw new TlsFatalAlert(AlertDescription.internal_error, e);
        }
    }

    @Override
    public int getOutputSize(int inputLength) {
        return cipher.getOutputSize(inputLength);
    }

    @Override
    public int doFinal(byte[] associated, byte[] input, int inputOffset, int length, byte[] output, int outputOffset)
            throws IOException {
        try {
            if (associated != null) {
                cipher.updateAAD(associated);
            }
            return cipher.doFinal(input, inputOffset, length, output, outputOffset);
        } catch (GeneralSecurityException e) {
            throw new TlsFatalAlert(AlertDescription.bad_record_mac, e);
        }
    }
}
