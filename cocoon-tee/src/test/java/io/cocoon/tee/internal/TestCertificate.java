package io.cocoon.tee.internal;

import io.cocoon.tl.Bytes;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** A certificate to be made; every field may be set to something wrong. */
public final class TestCertificate {

    public static final String ECDSA_SHA256 = "1.2.840.10045.4.3.2";
    public static final String ECDSA_SHA384 = "1.2.840.10045.4.3.3";

    public String subject;
    public String issuer;
    public byte[] keyInfo;
    public EcTestKey issuerKey;
    public byte[] serial = {0x11, 0x22, 0x33};
    public Instant notBefore = Instant.parse("2026-01-01T00:00:00Z");
    public Instant notAfter = Instant.parse("2030-01-01T00:00:00Z");
    public boolean isCa;
    public int pathLength = -1;
    /** First byte of keyUsage; 0 leaves the extension out. */
    public int keyUsage;

    public String algorithm = ECDSA_SHA256;
    public List<byte[]> extensions = new ArrayList<>();
    public boolean flipSignature;

    public TestCertificate(String subject, EcTestKey key, String issuer, EcTestKey issuerKey) {
        this.subject = subject;
        this.keyInfo = key.info();
        this.issuer = issuer;
        this.issuerKey = issuerKey;
        this.keyUsage = 0xc0;
    }

    public TestCertificate ca(int limit) {
        isCa = true;
        pathLength = limit;
        keyUsage = 0x06;
        return this;
    }

    public byte[] encode() {
        List<byte[]> all = new ArrayList<>();
        if (keyUsage != 0) {
            all.add(DerOut.extension("2.5.29.15", true, DerOut.value(Der.BIT_STRING, new byte[] {1, (byte) keyUsage})));
        }
        all.add(DerOut.extension(
                "2.5.29.19",
                true,
                DerOut.sequence(
                        isCa ? DerOut.bool(true) : new byte[0],
                        pathLength >= 0 ? DerOut.integer(pathLength) : new byte[0])));
        all.addAll(extensions);
        byte[] signatureAlgorithm = DerOut.sequence(DerOut.oid(algorithm));
        byte[] tbs = DerOut.sequence(
                DerOut.value(0xa0, DerOut.integer(2)),
                DerOut.value(Der.INTEGER, serial),
                signatureAlgorithm,
                DerOut.name(issuer),
                DerOut.sequence(DerOut.time(notBefore), DerOut.time(notAfter)),
                DerOut.name(subject),
                keyInfo,
                DerOut.value(0xa3, DerOut.sequence(all.toArray(byte[][]::new))));
        byte[] hash = algorithm.equals(ECDSA_SHA384)
                ? Signatures.sha384(Bytes.copyOf(tbs))
                : Signatures.sha256(Bytes.copyOf(tbs));
        BigInteger[] signature = issuerKey.signHash(hash);
        if (flipSignature) {
            signature[1] = signature[1].xor(BigInteger.valueOf(4));
        }
        return DerOut.sequence(tbs, signatureAlgorithm, DerOut.bits(EcTestKey.der(signature)));
    }

    public static String pem(byte[]... certificates) {
        StringBuilder text = new StringBuilder();
        for (byte[] certificate : certificates) {
            text.append("-----BEGIN CERTIFICATE-----\n")
                    .append(Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(certificate))
                    .append("\n-----END CERTIFICATE-----\n");
        }
        return text.toString();
    }
}
