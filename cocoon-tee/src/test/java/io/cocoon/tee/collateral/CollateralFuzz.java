package io.cocoon.tee.collateral;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.cocoon.tl.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.List;

class CollateralFuzz {

    @FuzzTest
    void answer(byte[] data) {
        Bytes body = Bytes.copyOf(data);
        try {
            PcsAnswers.signed(body, "tcbInfo");
        } catch (MalformedAnswer e) {
            requireMessage(e);
        }
        try {
            PcsAnswers.der(body);
        } catch (MalformedAnswer e) {
            requireMessage(e);
        }
        try {
            PcsAnswers.chain(List.of(new String(data, StandardCharsets.ISO_8859_1)), 2);
        } catch (MalformedAnswer e) {
            requireMessage(e);
        }
    }

    @FuzzTest
    void set(byte[] data) {
        try {
            Genuine.tdx(TdxCollateralJson.read(Bytes.copyOf(data)), PckCa.PLATFORM, CollateralTrust.production());
        } catch (MalformedAnswer e) {
            requireMessage(e);
        }
    }

    private static void requireMessage(MalformedAnswer e) {
        if (e.getMessage() == null) {
            throw new AssertionError("a refusal without a text", e);
        }
    }
}
