package io.cocoon.tee.internal;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;

/** Writes DER for tests, good and bad. */
public final class DerOut {

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);

    private DerOut() {}

    /** Writes a value of these contents, one behind the other. */
    public static byte[] value(int tag, byte[]... contents) {
        byte[] content = concat(contents);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(tag);
        if (content.length < 0x80) {
            out.write(content.length);
        } else if (content.length < 0x100) {
            out.write(0x81);
            out.write(content.length);
        } else if (content.length < 0x10000) {
            out.write(0x82);
            out.write(content.length >> 8);
            out.write(content.length);
        } else {
            out.write(0x83);
            out.write(content.length >> 16);
            out.write(content.length >> 8);
            out.write(content.length);
        }
        out.writeBytes(content);
        return out.toByteArray();
    }

    public static byte[] sequence(byte[]... contents) {
        return value(Der.SEQUENCE, contents);
    }

    public static byte[] oid(String identifier) {
        try {
            return new ASN1ObjectIdentifier(identifier).getEncoded();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static byte[] integer(BigInteger number) {
        return value(Der.INTEGER, number.toByteArray());
    }

    public static byte[] integer(long number) {
        return integer(BigInteger.valueOf(number));
    }

    public static byte[] octets(byte[] content) {
        return value(Der.OCTET_STRING, content);
    }

    public static byte[] bits(byte[] content) {
        return value(Der.BIT_STRING, new byte[1], content);
    }

    public static byte[] bool(boolean value) {
        return value(Der.BOOLEAN, new byte[] {(byte) (value ? 0xff : 0)});
    }

    public static byte[] time(Instant time) {
        return value(Der.GENERALIZED_TIME, TIME.format(time).getBytes(StandardCharsets.US_ASCII));
    }

    /** Writes a name with this commonName alone. */
    public static byte[] name(String commonName) {
        byte[] text = value(0x0c, commonName.getBytes(StandardCharsets.UTF_8));
        return sequence(value(Der.SET, sequence(oid("2.5.4.3"), text)));
    }

    public static byte[] extension(String identifier, boolean critical, byte[] content) {
        return critical
                ? sequence(oid(identifier), bool(true), octets(content))
                : sequence(oid(identifier), octets(content));
    }

    public static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }
}
