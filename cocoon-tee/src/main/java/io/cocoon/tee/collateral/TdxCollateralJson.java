package io.cocoon.tee.collateral;

import io.cocoon.internal.json.Json;
import io.cocoon.internal.json.JsonPrinter;
import io.cocoon.tee.tdx.TdxCollateral;
import io.cocoon.tl.Bytes;

/**
 * TDX (or SGX) collateral as one JSON object with nine members, the form in which verifiers exchange it and in which {@link
 * DirectoryCollateral} reads it. Other members are ignored; the order does not matter.
 *
 * <table>
 * <caption>Members, all of them strings</caption>
 * <tr><th>member</th><th>content</th></tr>
 * <tr><td>{@code pck_crl_issuer_chain}</td><td>PEM: the PCK Platform or Processor CA, then the root</td></tr>
 * <tr><td>{@code root_ca_crl}</td><td>hexadecimal digits of the DER of the root's revocation list</td></tr>
 * <tr><td>{@code pck_crl}</td><td>hexadecimal digits of the DER of that CA's revocation list</td></tr>
 * <tr><td>{@code tcb_info_issuer_chain}</td><td>PEM: the TCB signing certificate, then the root</td></tr>
 * <tr><td>{@code tcb_info}</td><td>the document, exactly the bytes that were signed: the value of {@code tcbInfo} in Intel's
 *     answer, with no byte changed</td></tr>
 * <tr><td>{@code tcb_info_signature}</td><td>128 hexadecimal digits: r and s</td></tr>
 * <tr><td>{@code qe_identity_issuer_chain}</td><td>PEM: the TCB signing certificate, then the root</td></tr>
 * <tr><td>{@code qe_identity}</td><td>the value of {@code enclaveIdentity} in Intel's answer, with no byte changed</td></tr>
 * <tr><td>{@code qe_identity_signature}</td><td>128 hexadecimal digits: r and s</td></tr>
 * </table>
 *
 * <p>TEE dossier 7.2, 7.3 and 7.5.
 */
public final class TdxCollateralJson {

    /** The largest text that is read. */
    public static final int MAX_BYTES = 40 << 20;

    private TdxCollateralJson() {}

    /**
     * Reads the nine members. What they contain is not checked: a verifier does that.
     *
     * @throws CollateralException with reason {@code MALFORMED} if a member is missing or of the wrong kind
     */
    public static TdxCollateral parse(Bytes text) throws CollateralException {
        try {
            return read(text);
        } catch (MalformedAnswer e) {
            throw e.at(
                    "reading TDX collateral from JSON",
                    "use a file with the nine members that the documentation of TdxCollateralJson lists");
        }
    }

    static TdxCollateral read(Bytes text) throws MalformedAnswer {
        if (text.length() > MAX_BYTES) {
            throw new MalformedAnswer(text.length() + " bytes", "at most " + MAX_BYTES);
        }
        Json.Obj object = PcsAnswers.object(text);
        return new TdxCollateral(
                text(object, "pck_crl_issuer_chain"),
                hex(object, "root_ca_crl"),
                hex(object, "pck_crl"),
                text(object, "tcb_info_issuer_chain"),
                text(object, "tcb_info"),
                hex(object, "tcb_info_signature"),
                text(object, "qe_identity_issuer_chain"),
                text(object, "qe_identity"),
                hex(object, "qe_identity_signature"));
    }

    private static Bytes text(Json.Obj object, String name) throws MalformedAnswer {
        String text = object.text(name);
        if (text == null) {
            throw new MalformedAnswer("no text '" + name + "'", "a member '" + name + "' that is a string");
        }
        return Bytes.utf8(text);
    }

    private static Bytes hex(Json.Obj object, String name) throws MalformedAnswer {
        try {
            return Bytes.fromHex(text(object, name).toUtf8());
        } catch (IllegalArgumentException e) {
            throw new MalformedAnswer("'" + name + "' that is not hexadecimal", "hexadecimal digits in pairs");
        }
    }

    /** Writes the nine members. */
    public static Bytes print(TdxCollateral collateral) {
        return JsonPrinter.print(object(collateral));
    }

    static Json.Obj object(TdxCollateral collateral) {
        Json.Obj object = new Json.Obj();
        put(object, "pck_crl_issuer_chain", collateral.pckCrlIssuerChain().toUtf8());
        put(object, "root_ca_crl", collateral.rootCaCrl().toHex());
        put(object, "pck_crl", collateral.pckCrl().toHex());
        put(object, "tcb_info_issuer_chain", collateral.tcbInfoIssuerChain().toUtf8());
        put(object, "tcb_info", collateral.tcbInfo().toUtf8());
        put(object, "tcb_info_signature", collateral.tcbInfoSignature().toHex());
        put(
                object,
                "qe_identity_issuer_chain",
                collateral.qeIdentityIssuerChain().toUtf8());
        put(object, "qe_identity", collateral.qeIdentity().toUtf8());
        put(object, "qe_identity_signature", collateral.qeIdentitySignature().toHex());
        return object;
    }

    private static void put(Json.Obj object, String name, String value) {
        object.put(name, new Json.Str(value));
    }
}
