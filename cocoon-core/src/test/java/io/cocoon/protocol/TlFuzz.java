package io.cocoon.protocol;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.TlException;
import io.cocoon.tl.TlObject;
import io.cocoon.tl.TlReader;
import io.cocoon.tl.schema.Generation;
import io.cocoon.tl.schema.TlJson;
import io.cocoon.tl.schema.TlNode;
import io.cocoon.tl.schema.TlSchema;

/** Fuzz entries of everything that reads TL; anything thrown but a refusal is a defect. */
class TlFuzz {

    private static final TlSchema SCHEMA = TlSchema.of(Generation.APRIL_2026);

    @FuzzTest
    void reader(FuzzedDataProvider data) {
        TlReader in = new TlReader(Bytes.wrapUnshared(data.consumeBytes(1 << 16)));
        try {
            while (in.remaining() > 0) {
                switch (data.consumeInt(0, 8)) {
                    case 0 -> in.readInt();
                    case 1 -> in.readFlags();
                    case 2 -> in.readLong();
                    case 3 -> in.readDouble();
                    case 4 -> in.readBool();
                    case 5 -> in.readInt256();
                    case 6 -> in.readBytes();
                    case 7 -> in.readString();
                    default -> in.readVector(TlReader::readString);
                }
            }
        } catch (TlException e) {
            requireReason(e);
        }
    }

    @FuzzTest
    void every_family_reader(byte[] data) {
        Bytes input = Bytes.copyOf(data);
        for (TlReader.Element<TlObject> reader : Records.readers().values()) {
            try {
                TlObject object = TlReader.readWhole(input, reader);
                TlObject again = TlReader.readWhole(object.toBytes(), reader);
                if (!again.toBytes().equals(object.toBytes())) {
                    throw new AssertionError("written twice, two results");
                }
            } catch (TlException e) {
                requireReason(e);
            }
        }
    }

    @FuzzTest
    void schema_codec(byte[] data) {
        Bytes input = Bytes.copyOf(data);
        TlJson json = new TlJson(SCHEMA);
        try {
            TlNode node = SCHEMA.decode(input);
            if (!SCHEMA.decode(SCHEMA.encode(node)).equals(node)) {
                throw new AssertionError("not the same after writing");
            }
            if (!json.toJson(json.fromJson(json.toJson(node))).equals(json.toJson(node))) {
                throw new AssertionError("not the same after JSON");
            }
        } catch (TlException e) {
            requireReason(e);
        }
    }

    @FuzzTest
    void json_of_a_configuration(FuzzedDataProvider data) {
        TlJson json = new TlJson(SCHEMA);
        String type = data.pickValue(SCHEMA.names().toArray(new String[0]));
        String text = data.consumeRemainingAsString();
        try {
            SCHEMA.encode(json.fromConfig(type, text));
        } catch (IllegalArgumentException e) {
            requireReason(e);
        }
    }

    private static void requireReason(Exception e) {
        if (e.getMessage() == null || e.getMessage().isBlank()) {
            throw new AssertionError("a refusal without a reason", e);
        }
    }
}
