package io.cocoon.tee.internal;

import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** A revocation list to be made; every field may be set to something wrong. */
public final class TestList {

    public String issuer;
    public EcTestKey key;
    public Instant thisUpdate = Instant.parse("2026-10-15T00:00:00Z");
    public Instant nextUpdate = Instant.parse("2026-11-15T00:00:00Z");
    /** Contents of the serial numbers' INTEGERs. */
    public List<byte[]> serials = new ArrayList<>();

    public boolean hasExtensions = true;
    public List<byte[]> moreExtensions = new ArrayList<>();
    public List<byte[]> entryExtensions = new ArrayList<>();
    public boolean flipSignature;

    public TestList(String issuer, EcTestKey key) {
        this.issuer = issuer;
        this.key = key;
    }

    public byte[] encode() {
        List<byte[]> entries = new ArrayList<>();
        byte[] ofEntry =
                entryExtensions.isEmpty() ? new byte[0] : DerOut.sequence(entryExtensions.toArray(byte[][]::new));
        for (byte[] serial : serials) {
            entries.add(DerOut.sequence(DerOut.value(Der.INTEGER, serial), DerOut.time(thisUpdate), ofEntry));
        }
        List<byte[]> extensions = new ArrayList<>(moreExtensions);
        if (hasExtensions) {
            extensions.add(DerOut.extension("2.5.29.20", false, DerOut.integer(1)));
            extensions.add(DerOut.extension(
                    "2.5.29.35", false, DerOut.sequence(DerOut.value(0x80, new byte[] {1, 2, 3, 4}))));
        }
        byte[] algorithm = DerOut.sequence(DerOut.oid(TestCertificate.ECDSA_SHA256));
        byte[] tbs = DerOut.sequence(
                DerOut.integer(1),
                algorithm,
                DerOut.name(issuer),
                DerOut.time(thisUpdate),
                DerOut.time(nextUpdate),
                entries.isEmpty() ? new byte[0] : DerOut.sequence(entries.toArray(byte[][]::new)),
                extensions.isEmpty()
                        ? new byte[0]
                        : DerOut.value(0xa0, DerOut.sequence(extensions.toArray(byte[][]::new))));
        BigInteger[] signature = key.signHash(key.hash(tbs));
        if (flipSignature) {
            signature[1] = signature[1].xor(BigInteger.valueOf(4));
        }
        return DerOut.sequence(tbs, algorithm, DerOut.bits(EcTestKey.der(signature)));
    }
}
