package io.cocoon.tee.tdx;

import io.cocoon.tl.Bytes;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Intel's TCB info, version 3: which levels a family of platforms can have. Immutable. TEE dossier 7.5.
 *
 * @param id {@code TDX} or {@code SGX}
 * @param issueDate first moment of validity
 * @param nextUpdate last moment of validity
 * @param fmspc 6 bytes
 * @param pceId 2 bytes
 * @param evaluationNumber grows with every evaluation that Intel publishes
 * @param oldModule the TDX module of versions that state 0
 * @param modules further modules by the number of their version
 * @param levels newest first
 */
record TcbInfo(
        String id,
        Instant issueDate,
        Instant nextUpdate,
        Bytes fmspc,
        Bytes pceId,
        int evaluationNumber,
        Module oldModule,
        Map<Integer, Module> modules,
        List<TcbLevel> levels) {

    static final String TDX = "TDX";
    static final String SGX = "SGX";

    private static final int VERSION = 3;
    private static final Module NO_MODULE = new Module(Bytes.empty(), Bytes.empty(), List.of());

    /** A TDX module: who signed it, its attributes, its levels. */
    record Module(Bytes mrSigner, Bytes attributes, List<TcbLevel> levels) {}

    static TcbInfo parse(Bytes text) throws TdxRefusal {
        TdxError malformed = TdxError.TCB_INFO_MALFORMED;
        SignedDocument document = SignedDocument.parse(text, "tcbInfo", malformed);
        String id = document.text("id");
        boolean isTdx = id.equals(TDX);
        if (document.integer("version", Integer.MAX_VALUE) != VERSION) {
            throw document.refusal("version", "version " + VERSION);
        }
        if (document.integer("tcbType", Integer.MAX_VALUE) != 0) {
            throw document.refusal("tcbType", "type 0");
        }
        return new TcbInfo(
                id,
                document.date("issueDate"),
                document.date("nextUpdate"),
                document.hex("fmspc", 6),
                document.hex("pceId", 2),
                document.integer("tcbEvaluationDataNumber", Integer.MAX_VALUE),
                isTdx ? module(document.child("tdxModule"), List.of()) : NO_MODULE,
                isTdx && document.has("tdxModuleIdentities") ? modules(document) : Map.of(),
                TcbLevel.readPlatform(document, isTdx));
    }

    private static Map<Integer, Module> modules(SignedDocument document) throws TdxRefusal {
        Map<Integer, Module> modules = new HashMap<>();
        for (SignedDocument identity : document.children("tdxModuleIdentities")) {
            String id = identity.text("id").toUpperCase(Locale.ROOT);
            int version = id.length() == 6 && id.startsWith("TDX_") ? hexByte(id.substring(4)) : -1;
            if (version < 0) {
                throw identity.refusal("id", "TDX_ and two hexadecimal digits");
            }
            if (modules.put(version, module(identity, TcbLevel.readIsv(identity))) != null) {
                throw identity.refusal("id", "every module once");
            }
        }
        return Map.copyOf(modules);
    }

    private static int hexByte(String digits) {
        int high = Character.digit(digits.charAt(0), 16);
        int low = Character.digit(digits.charAt(1), 16);
        return high < 0 || low < 0 ? -1 : high << 4 | low;
    }

    private static Module module(SignedDocument module, List<TcbLevel> levels) throws TdxRefusal {
        // The mask is read because it must be well formed; the attributes of a quote have to be zero under any mask.
        module.hex("attributesMask", 8);
        return new Module(module.hex("mrsigner", 48), module.hex("attributes", 8), levels);
    }
}
