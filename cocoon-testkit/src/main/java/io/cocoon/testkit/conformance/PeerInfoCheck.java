package io.cocoon.testkit.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.TlException;
import io.cocoon.tl.TlReader;
import io.cocoon.tl.TlWriter;
import io.cocoon.transport.PeerRecord;
import java.util.List;

/**
 * The record that a router hands to its runner, of both generations; wire dossier 4.5 and its 2026 part, 11.2.
 *
 * <p>The transport must read and write it back; a second reading by field names is compared with what the recordings say.
 */
final class PeerInfoCheck {

    private static final int MAX_BODY = 16_536;
    private static final int MEASUREMENT = 48;
    private static final int REPORT_DATA = 64;
    private static final List<String> TDX_MEASUREMENTS =
            List.of("mr_td", "mr_config_id", "mr_owner", "mr_owner_config", "rtmr0", "rtmr1", "rtmr2", "rtmr3");

    private final TlReader in;
    private final TlWriter out = new TlWriter();
    private final ObjectNode fields = JsonNodeFactory.instance.objectNode();

    private PeerInfoCheck(Bytes body) {
        this.in = new TlReader(body);
    }

    /** Decodes the record, compares its fields with the recording and encodes it again. */
    static void check(Bytes record, JsonNode decoded) throws TlException {
        if (isMalformed(decoded)) {
            JsonLines.requireEqual(false, isValid(record), "whether a malformed record is read");
            return;
        }
        JsonNode found = read(record);
        JsonLines.requireEqual(
                record, PeerRecord.parse(record.sliceFrom(4)).toBytes(), "record written back by the transport");
        found.fields()
                .forEachRemaining(field -> JsonLines.requireEqual(
                        decoded.path(field.getKey()), field.getValue(), "field " + field.getKey()));
    }

    /** A probe's record that the recording could take apart although no router writes such a one. */
    private static boolean isMalformed(JsonNode decoded) {
        return decoded.path("variant").asInt() > 1
                || decoded.path("public_key").asText().length() != 64
                || !decoded.path("trailing").asText().isEmpty();
    }

    /** Returns whether the transport reads the record; the independent reading must agree. */
    static boolean isValid(Bytes record) {
        boolean isValid = true;
        try {
            read(record);
        } catch (TlException e) {
            isValid = false;
        }
        boolean isRead = record.length() >= 4 && record.intLeAt(0) == record.length() - 4;
        try {
            PeerRecord.parse(record.sliceFrom(Math.min(4, record.length())));
        } catch (TlException e) {
            isRead = false;
        }
        JsonLines.requireEqual(isValid, isRead, "whether the transport reads the record");
        return isValid;
    }

    private static JsonNode read(Bytes record) throws TlException {
        TlReader head = new TlReader(record);
        int length = head.readInt();
        if (length < 0 || length > MAX_BODY || length != head.remaining()) {
            throw new TlException("A peer-info record of " + length + " bytes, " + head.remaining() + " are there", 0);
        }
        PeerInfoCheck check = new PeerInfoCheck(record.sliceFrom(4));
        check.body();
        if (!check.out.toBytes().equals(record.sliceFrom(4))) {
            throw new AssertionError("the peer-info record was not written back to the same bytes");
        }
        return check.fields;
    }

    private void body() throws TlException {
        int format = in.readInt();
        out.writeInt(format);
        if (format < 0 || format > 2) {
            throw new TlException("Unknown format of a peer-info record: " + format, 0);
        }
        int variant = format == 0 ? -1 : in.readInt();
        if (format != 0) {
            out.writeInt(variant);
            fields.put("variant", variant);
        }
        if (variant == 0) {
            for (String name : TDX_MEASUREMENTS) {
                raw(name, MEASUREMENT);
            }
            raw("reportdata", REPORT_DATA);
        } else if (variant == 1) {
            raw(format == 1 ? "mr_enclave" : "measurement", format == 1 ? 32 : MEASUREMENT);
            raw("reportdata", REPORT_DATA);
        } else if (format != 0) {
            throw new TlException("Unknown variant of a peer-info record: " + variant, 4);
        }
        if (format != 2 || variant == 0) {
            raw("collateral_root_hash", MEASUREMENT);
        }
        Bytes key = in.readBytes();
        if (key.length() != 32) {
            throw new TlException("A peer's key of " + key.length() + " bytes", in.offset());
        }
        out.writeBytes(key);
        fields.put("public_key", key.toHex());
        address("source");
        address("destination");
        in.expectEnd();
    }

    private void raw(String name, int length) throws TlException {
        TlWriter bytes = new TlWriter(length);
        for (int i = 0; i < length; i += 4) {
            bytes.writeInt(in.readInt());
        }
        Bytes value = bytes.seal();
        out.writeRaw(value);
        fields.put(name, value.toHex());
    }

    private void address(String side) throws TlException {
        String ip = in.readString();
        int port = in.readInt();
        out.writeString(ip).writeInt(port);
        fields.put(side + "_ip", ip).put(side + "_port", port);
    }
}
