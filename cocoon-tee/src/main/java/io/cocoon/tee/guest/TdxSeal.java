package io.cocoon.tee.guest;

import io.cocoon.tee.AttestationCheck;
import io.cocoon.tee.Verification;
import io.cocoon.tee.guest.GuestException.Reason;
import io.cocoon.tee.internal.Curve;
import io.cocoon.tee.internal.DerException;
import io.cocoon.tee.internal.PublicKey;
import io.cocoon.tee.tdx.SgxBody;
import io.cocoon.tee.tdx.TcbStatus;
import io.cocoon.tee.tdx.TdReport;
import io.cocoon.tee.tdx.TdxAppraisal;
import io.cocoon.tee.tdx.TdxCollateral;
import io.cocoon.tee.tdx.TdxQuote;
import io.cocoon.tee.tdx.TdxTrust;
import io.cocoon.tee.tdx.TdxVerifier;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.TlException;
import io.cocoon.tl.TlReader;
import io.cocoon.tl.TlWriter;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.time.Instant;
import java.util.Set;
import javax.crypto.Cipher;
import javax.crypto.KeyAgreement;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * One request of a trust domain for a key to seal with, to the sealing enclave of its host: a trust domain has no such keys of its
 * own. TEE dossier 8.4. The exchange itself goes through a {@link GuestDevice}; everything else is here.
 *
 * <pre>{@code
 * TdxSeal seal = TdxSeal.begin(random);
 * TdxSeal.Answer answer = seal.ask(device, "disk_encryption");
 * // get collateral for TdxQuote.parse(answer.quote()).pck(), then:
 * Bytes key = seal.open(answer, enclaves, statuses, collateral, TdxTrust.intel(), clock.instant());
 * }</pre>
 *
 * <p>The key depends on all measurements of the domain at that moment and on the TDX module and its level: after an update of the
 * module what was sealed is lost (hazard T17). Immutable and thread-safe; use each one once.
 */
public final class TdxSeal {

    /** Longest message, without its length field. */
    public static final int MAX_FRAME_BYTES = 16_536;

    private static final int REQUEST_ID = 0x317a821c;
    private static final int ANSWER_ID = 0x163a179a;
    private static final int LENGTH_FIELD = 4;
    private static final int COORDINATE = 32;
    private static final int POINT = 2 * COORDINATE;
    private static final int KEY_BYTES = 32;
    private static final int SECRET_BYTES = POINT + KEY_BYTES;
    private static final int HASH_BYTES = 32;
    private static final int MAX_NAME_BYTES = 256;
    private static final int AES_KEY_BYTES = 16;

    private final PrivateKey secret;
    private final Bytes publicKey;

    /**
     * What the enclave answered; nothing of it is verified.
     *
     * @param quote of the enclave
     * @param encryptedSecret 96 bytes: the enclave's public key and the encrypted key
     */
    public record Answer(Bytes quote, Bytes encryptedSecret) {}

    private TdxSeal(PrivateKey secret, Bytes publicKey) {
        this.secret = secret;
        this.publicKey = publicKey;
    }

    /** Begins with a new P-256 key, which serves for one request. */
    public static TdxSeal begin(SecureRandom random) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"), random);
            return of(generator.generateKeyPair());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java runtime has P-256", e);
        }
    }

    static TdxSeal of(KeyPair pair) {
        ECPoint point = ((ECPublicKey) pair.getPublic()).getW();
        return new TdxSeal(
                pair.getPrivate(), littleEndian(point.getAffineX()).concat(littleEndian(point.getAffineY())));
    }

    private static Bytes littleEndian(BigInteger coordinate) {
        byte[] big = coordinate.toByteArray();
        byte[] little = new byte[COORDINATE];
        for (int i = 0; i < COORDINATE && i < big.length; i++) {
            little[i] = big[big.length - 1 - i];
        }
        return Bytes.wrapUnshared(little);
    }

    /** Returns 64 bytes: x and y of our key, each little-endian. */
    public Bytes publicKey() {
        return publicKey;
    }

    /** Returns the report data of the local report that a request needs: SHA-256 of the public key, and 32 zero bytes. */
    public Bytes reportData() {
        return sha256(publicKey).concat(Bytes.wrapUnshared(new byte[HASH_BYTES]));
    }

    /**
     * Returns the message that asks for a key, with its length in front.
     *
     * @param tdReport 1024 bytes over {@link #reportData}
     * @param keyName 1 to 256 bytes of UTF-8, for example {@code disk_encryption}
     */
    public Bytes request(Bytes tdReport, String keyName) {
        int nameBytes = keyName.getBytes(StandardCharsets.UTF_8).length;
        if (tdReport.length() != TdReport.BYTES || nameBytes < 1 || nameBytes > MAX_NAME_BYTES) {
            throw new IllegalArgumentException("a report has " + TdReport.BYTES + " bytes and a name 1 to "
                    + MAX_NAME_BYTES + ", got " + tdReport.length() + " and " + nameBytes);
        }
        Bytes message = new TlWriter()
                .writeInt(REQUEST_ID)
                .writeBytes(tdReport)
                .writeBytes(publicKey)
                .writeString(keyName)
                .toBytes();
        return new TlWriter().writeInt(message.length()).writeRaw(message).toBytes();
    }

    /**
     * Gets a local report and asks the enclave. Blocks.
     *
     * @throws GuestException if the device cannot, or gives another report or answer than was asked for
     */
    public Answer ask(GuestDevice device, String keyName) throws GuestException {
        Bytes report = device.tdReport(reportData());
        // Where the local report holds its report data: TEE dossier 3.3.
        if (report.length() != TdReport.BYTES || !report.slice(128, 64).equals(reportData())) {
            throw wrong("a local report over other report data, of " + report.length() + " bytes", "one over ours");
        }
        return parse(device.seal(request(report, keyName)));
    }

    /**
     * Reads an answer with its length in front.
     *
     * @throws GuestException if it is none
     */
    public static Answer parse(Bytes frame) throws GuestException {
        if (frame.length() < LENGTH_FIELD || frame.length() > LENGTH_FIELD + MAX_FRAME_BYTES) {
            throw wrong(frame.length() + " bytes", LENGTH_FIELD + " to " + (LENGTH_FIELD + MAX_FRAME_BYTES));
        }
        if (frame.intLeAt(0) != frame.length() - LENGTH_FIELD) {
            throw wrong(
                    "a stated length of " + Integer.toUnsignedString(frame.intLeAt(0)),
                    (frame.length() - LENGTH_FIELD) + ", what came");
        }
        Answer answer;
        try {
            answer = TlReader.readWhole(frame.sliceFrom(LENGTH_FIELD), in -> {
                in.expectId(ANSWER_ID);
                return new Answer(in.readBytes(), in.readBytes());
            });
        } catch (TlException e) {
            throw wrong("a message of another form: " + e.getMessage(), "persistentKey#163a179a");
        }
        if (answer.encryptedSecret.length() != SECRET_BYTES) {
            throw wrong("a secret of " + answer.encryptedSecret.length() + " bytes", SECRET_BYTES + " bytes");
        }
        return answer;
    }

    /** Returns the report data that the enclave's quote has to be over: the hashes of our key and of the encrypted secret. */
    public Bytes enclaveReportData(Answer answer) {
        return sha256(publicKey).concat(sha256(answer.encryptedSecret));
    }

    /**
     * Verifies that a listed enclave made the answer for us, and decrypts the key.
     *
     * @param enclaves the allowed enclaves (MRENCLAVE, 32 bytes each); empty refuses every answer
     * @param statuses which levels of the host's platform are good enough
     * @param collateral of the answer's quote, for SGX
     * @param time the time of judgement
     * @return 32 bytes. A secret
     * @throws GuestException with reason {@code WRONG_ANSWER} and the check that failed
     */
    public Bytes open(
            Answer answer,
            Set<Bytes> enclaves,
            Set<TcbStatus> statuses,
            TdxCollateral collateral,
            TdxTrust trust,
            Instant time)
            throws GuestException {
        Verification<TdxAppraisal> verified = TdxVerifier.verify(answer.quote, collateral, trust, time);
        if (verified.result().isEmpty()) {
            AttestationCheck failure = verified.firstFailure().orElseThrow();
            throw wrong("a quote that fails " + failure.name() + " (" + failure.code() + ")", failure.wanted());
        }
        TdxAppraisal appraisal = verified.result().get();
        TdxQuote quote = appraisal.quote();
        if (quote.enclave().isEmpty()) {
            throw wrong("the quote of a trust domain", "the quote of an SGX enclave");
        }
        SgxBody enclave = quote.enclave().get();
        if (!enclave.reportData().equals(enclaveReportData(answer))) {
            throw wrong("a quote over another key or another secret", "one over both of this exchange");
        }
        if (!enclaves.contains(enclave.mrEnclave())) {
            throw wrong("enclave " + enclave.mrEnclave().toHex(), "one of " + enclaves.size() + " allowed enclaves");
        }
        if (!appraisal.findings().isEmpty()) {
            throw wrong("an enclave with " + appraisal.findings(), "one without findings");
        }
        if (!statuses.contains(appraisal.status())) {
            throw wrong("a platform with status " + appraisal.status().word(), "one of " + statuses);
        }
        return decrypt(answer.encryptedSecret);
    }

    /** Decrypts without a look at the quote. */
    Bytes decrypt(Bytes encryptedSecret) throws GuestException {
        byte[] point = encryptedSecret.slice(0, POINT).toByteArray();
        reverse(point, 0);
        reverse(point, COORDINATE);
        try {
            // The check that the point is on the curve: with another one the answer would tell about our key.
            PublicKey.Ec.ofCoordinates(Curve.P256, Bytes.copyOf(point));
        } catch (DerException e) {
            throw wrong("a public key that is no point of P-256", "a point of P-256");
        }
        try {
            AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
            parameters.init(new ECGenParameterSpec("secp256r1"));
            KeyAgreement agreement = KeyAgreement.getInstance("ECDH");
            agreement.init(secret);
            agreement.doPhase(
                    KeyFactory.getInstance("EC")
                            .generatePublic(new ECPublicKeySpec(
                                    new ECPoint(
                                            new BigInteger(1, point, 0, COORDINATE),
                                            new BigInteger(1, point, COORDINATE, COORDINATE)),
                                    parameters.getParameterSpec(ECParameterSpec.class))),
                    true);
            byte[] shared = agreement.generateSecret();
            reverse(shared, 0);
            Bytes hash = sha256(Bytes.wrapUnshared(shared));
            Cipher cipher = Cipher.getInstance("AES/CTR/NoPadding");
            cipher.init(
                    Cipher.DECRYPT_MODE,
                    new SecretKeySpec(hash.slice(0, AES_KEY_BYTES).toByteArray(), "AES"),
                    new IvParameterSpec(hash.sliceFrom(AES_KEY_BYTES).toByteArray()));
            return Bytes.wrapUnshared(
                    cipher.doFinal(encryptedSecret.sliceFrom(POINT).toByteArray()));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java runtime has ECDH, P-256 and AES", e);
        }
    }

    private static void reverse(byte[] bytes, int from) {
        for (int i = 0; i < COORDINATE / 2; i++) {
            byte swapped = bytes[from + i];
            bytes[from + i] = bytes[from + COORDINATE - 1 - i];
            bytes[from + COORDINATE - 1 - i] = swapped;
        }
    }

    private static Bytes sha256(Bytes content) {
        try {
            return Bytes.wrapUnshared(MessageDigest.getInstance("SHA-256").digest(content.toByteArray()));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }

    private static GuestException wrong(String seen, String wanted) {
        return new GuestException(
                Reason.WRONG_ANSWER,
                "asking the host's enclave for a sealing key",
                seen,
                wanted,
                "check the host's sealing enclave, and the list of allowed ones");
    }
}
