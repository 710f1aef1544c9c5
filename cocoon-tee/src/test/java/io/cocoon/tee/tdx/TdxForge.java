package io.cocoon.tee.tdx;

import io.cocoon.tee.Verification;
import io.cocoon.tee.internal.Curve;
import io.cocoon.tee.internal.Der;
import io.cocoon.tee.internal.DerOut;
import io.cocoon.tee.internal.EcTestKey;
import io.cocoon.tee.internal.Signatures;
import io.cocoon.tee.internal.TestCertificate;
import io.cocoon.tee.internal.TestList;
import io.cocoon.tl.Bytes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * Makes quotes and collateral below a test root of its own, deterministic, healthy unless a field says otherwise. A test changes
 * one thing and names the error that it wants.
 */
final class TdxForge {

    static final String ROOT_NAME = "Test SGX Root CA";
    static final String PLATFORM_NAME = "Test SGX PCK Platform CA";
    static final String PROCESSOR_NAME = "Test SGX PCK Processor CA";
    static final String PCK_NAME = "Test SGX PCK Certificate";
    static final String SIGNING_NAME = "Test SGX TCB Signing";
    static final Instant TIME = Instant.parse("2026-11-01T12:00:00Z");

    static final EcTestKey ROOT = new EcTestKey(Curve.P256, "root");
    static final EcTestKey PLATFORM = new EcTestKey(Curve.P256, "platform CA");
    static final EcTestKey PCK = new EcTestKey(Curve.P256, "PCK");
    static final EcTestKey SIGNER = new EcTestKey(Curve.P256, "TCB signing");
    static final EcTestKey ATTESTATION = new EcTestKey(Curve.P256, "attestation");
    static final EcTestKey STRANGER = new EcTestKey(Curve.P256, "stranger");

    Instant time = TIME;

    // Certificates.
    TestCertificate root = new TestCertificate(ROOT_NAME, ROOT, ROOT_NAME, ROOT).ca(1);
    TestCertificate platform = new TestCertificate(PLATFORM_NAME, PLATFORM, ROOT_NAME, ROOT).ca(0);
    TestCertificate pck = new TestCertificate(PCK_NAME, PCK, PLATFORM_NAME, PLATFORM);
    TestCertificate signing = new TestCertificate(SIGNING_NAME, SIGNER, ROOT_NAME, ROOT);
    int[] components = {7, 5, 2, 2, 3, 1, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0};
    int pceSvn = 13;
    UnaryOperator<List<byte[]>> sgxEntries = entries -> entries;
    UnaryOperator<byte[]> sgxExtension = extension -> extension;
    UnaryOperator<List<byte[]>> pckChain = chain -> chain;
    String chainEnd = "\0";

    // Lists.
    TestList rootList = new TestList(ROOT_NAME, ROOT);
    TestList pckList = new TestList(PLATFORM_NAME, PLATFORM);
    UnaryOperator<List<byte[]>> listChain = chain -> chain;
    UnaryOperator<List<byte[]>> signingChain = chain -> chain;

    // Documents: changed before they are signed, and after.
    UnaryOperator<String> tcbInfo = text -> text;
    UnaryOperator<String> tcbInfoAfter = text -> text;
    EcTestKey tcbInfoSigner = SIGNER;
    UnaryOperator<byte[]> tcbInfoSignature = signature -> signature;
    UnaryOperator<String> qeIdentity = text -> text;
    UnaryOperator<String> qeIdentityAfter = text -> text;
    EcTestKey qeIdentitySigner = SIGNER;
    UnaryOperator<byte[]> qeIdentitySignature = signature -> signature;

    // Quote.
    int version = 4;
    int keyType = 2;
    int tee = 0x81;
    byte[] vendor = Bytes.fromHex("939a7233f79c4ca9940a0db3957f0607").toByteArray();
    int bodyType = 2;
    int bodySize = -1;
    byte[] teeTcbSvn = {5, 1, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    byte[] teeTcbSvn2 = teeTcbSvn.clone();
    byte[] mrSignerSeam = new byte[48];
    byte[] seamAttributes = new byte[8];
    long tdAttributes = 1L << 28;
    long xfam = 0x61ae7;
    byte[] mrServiceTd = new byte[48];
    byte[] sgxAttributes = {5, 0, 0, 0, 0, 0, 0, 0, (byte) 0xe7, 0, 0, 0, 0, 0, 0, 0};
    byte[] reportData = new byte[64];

    byte[] qeAttributes = {0x11, 0, 0, 0, 0, 0, 0, 0, (byte) 0xe7, 0, 0, 0, 0, 0, 0, 0};
    byte[] qeMiscSelect = new byte[4];
    byte[] qeMrSigner = filled(32, 0x51);
    int qeProduct = 2;
    int qeSvn = 4;
    byte[] qeData = filled(32, 0x0a);
    byte[] qeReportDataTail = new byte[32];
    byte[] boundKey = ATTESTATION.coordinates();
    byte[] shownKey = ATTESTATION.coordinates();
    EcTestKey qeReportSigner = PCK;
    UnaryOperator<byte[]> qeReportAfter = report -> report;
    UnaryOperator<byte[]> qeReportSignature = signature -> signature;
    EcTestKey quoteSigner = ATTESTATION;
    UnaryOperator<byte[]> signedRegion = region -> region;
    UnaryOperator<byte[]> quoteSignature = signature -> signature;
    int outerType = 6;
    int innerType = 5;
    UnaryOperator<byte[]> quoteAfter = quote -> quote;

    static TdxForge with(Consumer<TdxForge> change) {
        TdxForge forge = new TdxForge();
        change.accept(forge);
        return forge;
    }

    static byte[] filled(int length, int value) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) value);
        return bytes;
    }

    TdxTrust trust() {
        return new TdxTrust(ROOT.point());
    }

    private static byte[] pair(String suffix, byte[] value) {
        return DerOut.sequence(DerOut.oid(PckIdentity.EXTENSION + suffix), value);
    }

    /** Returns the SGX extension's content. */
    byte[] sgxExtension() {
        List<byte[]> tcb = new ArrayList<>();
        for (int i = 0; i < components.length; i++) {
            tcb.add(pair(".2." + (i + 1), DerOut.integer(components[i])));
        }
        tcb.add(pair(".2.17", DerOut.integer(pceSvn)));
        tcb.add(pair(".2.18", DerOut.octets(filled(16, 7))));
        List<byte[]> entries = new ArrayList<>(List.of(
                pair(".1", DerOut.octets(filled(16, 1))),
                pair(".2", DerOut.sequence(tcb.toArray(byte[][]::new))),
                pair(".3", DerOut.octets(new byte[2])),
                pair(".4", DerOut.octets(Bytes.fromHex("f0c056101765").toByteArray())),
                pair(".5", DerOut.value(Der.ENUMERATED, new byte[] {1}))));
        if (!pck.issuer.equals(PROCESSOR_NAME)) {
            entries.add(pair(".6", DerOut.octets(filled(16, 6))));
            entries.add(pair(
                    ".7",
                    DerOut.sequence(
                            pair(".7.1", DerOut.bool(true)),
                            pair(".7.2", DerOut.bool(false)),
                            pair(".7.3", DerOut.bool(true)))));
        }
        return sgxExtension.apply(DerOut.sequence(sgxEntries.apply(entries).toArray(byte[][]::new)));
    }

    byte[] pckCertificate() {
        byte[] content = sgxExtension();
        if (content.length > 0) {
            pck.extensions = new ArrayList<>(List.of(DerOut.extension(PckIdentity.EXTENSION, false, content)));
        }
        return pck.encode();
    }

    private static Bytes pem(List<byte[]> chain) {
        return Bytes.utf8(TestCertificate.pem(chain.toArray(byte[][]::new)));
    }

    private static String levels(String... levels) {
        return "[" + String.join(",", levels) + "]";
    }

    private static String components(int... values) {
        StringBuilder text = new StringBuilder("[");
        for (int i = 0; i < 16; i++) {
            text.append(i == 0 ? "" : ",")
                    .append("{\"svn\":")
                    .append(i < values.length ? values[i] : 0)
                    .append('}');
        }
        return text.append(']').toString();
    }

    private static String platformLevel(int first, int pceSvn, int tdxFirst, String date, String status, String sa) {
        return "{\"tcb\":{\"sgxtcbcomponents\":" + components(first, 5, 2, 2, 3, 1, 0, 5) + ",\"pcesvn\":" + pceSvn
                + ",\"tdxtcbcomponents\":" + components(tdxFirst, tdxFirst == 0 ? 0 : 1, 6) + "},\"tcbDate\":\"" + date
                + "\",\"tcbStatus\":\"" + status + "\",\"advisoryIDs\":[" + sa + "]}";
    }

    private static String isvLevel(int svn, String date, String status, String sa) {
        return "{\"tcb\":{\"isvsvn\":" + svn + "},\"tcbDate\":\"" + date + "\",\"tcbStatus\":\"" + status
                + "\",\"advisoryIDs\":[" + sa + "]}";
    }

    /** The first component of the PCK certificate selects the status: 7 up to date, then downwards one after the other. */
    String tcbInfoText() {
        String zeros = "0".repeat(96);
        return "{\"id\":\"TDX\",\"version\":3,\"issueDate\":\"2026-10-15T00:00:00Z\",\"nextUpdate\":\"2026-11-14T00:00:00Z\","
                + "\"fmspc\":\"F0C056101765\",\"pceId\":\"0000\",\"tcbType\":0,\"tcbEvaluationDataNumber\":21,"
                + "\"tdxModule\":{\"mrsigner\":\"" + zeros
                + "\",\"attributes\":\"0000000000000000\",\"attributesMask\":\"FFFFFFFFFFFFFFFF\"},"
                + "\"tdxModuleIdentities\":[{\"id\":\"TDX_01\",\"mrsigner\":\"" + zeros
                + "\",\"attributes\":\"0000000000000000\",\"attributesMask\":\"FFFFFFFFFFFFFFFF\",\"tcbLevels\":"
                + levels(
                        isvLevel(4, "2025-08-13T00:00:00Z", "UpToDate", ""),
                        isvLevel(2, "2024-03-13T00:00:00Z", "OutOfDate", "\"T-SA-0102\""),
                        isvLevel(1, "2023-08-09T00:00:00Z", "Revoked", "\"T-SA-0101\""))
                + "}],\"tcbLevels\":"
                + levels(
                        platformLevel(7, 13, 5, "2026-03-11T00:00:00Z", "UpToDate", ""),
                        platformLevel(6, 13, 5, "2026-03-11T00:00:00Z", "SWHardeningNeeded", "\"T-SA-0006\""),
                        platformLevel(5, 13, 5, "2026-03-11T00:00:00Z", "ConfigurationNeeded", "\"T-SA-0005\""),
                        platformLevel(
                                4, 13, 5, "2026-03-11T00:00:00Z", "ConfigurationAndSWHardeningNeeded", "\"T-SA-0004\""),
                        platformLevel(3, 11, 5, "2025-03-12T00:00:00Z", "OutOfDate", "\"T-SA-0003\""),
                        platformLevel(
                                2, 11, 5, "2025-03-12T00:00:00Z", "OutOfDateConfigurationNeeded", "\"T-SA-0002\""),
                        platformLevel(1, 5, 0, "2023-08-09T00:00:00Z", "Revoked", "\"T-SA-0001\""))
                + "}";
    }

    String qeIdentityText() {
        return "{\"id\":\"TD_QE\",\"version\":2,\"issueDate\":\"2026-10-15T00:00:00Z\",\"nextUpdate\":\"2026-11-14T00:00:00Z\","
                + "\"tcbEvaluationDataNumber\":21,\"miscselect\":\"00000000\",\"miscselectMask\":\"FFFFFFFF\","
                + "\"attributes\":\"11000000000000000000000000000000\","
                + "\"attributesMask\":\"FBFFFFFFFFFFFFFF0000000000000000\",\"mrsigner\":\"" + "51".repeat(32)
                + "\",\"isvprodid\":2,\"tcbLevels\":"
                + levels(
                        isvLevel(4, "2026-03-11T00:00:00Z", "UpToDate", ""),
                        isvLevel(3, "2024-11-13T00:00:00Z", "OutOfDate", "\"T-SA-0203\""),
                        isvLevel(2, "2023-02-15T00:00:00Z", "Revoked", "\"T-SA-0202\""))
                + "}";
    }

    TdxCollateral collateral() {
        Bytes signers = pem(signingChain.apply(new ArrayList<>(List.of(signing.encode(), root.encode()))));
        String tcb = tcbInfo.apply(tcbInfoText());
        String qe = qeIdentity.apply(qeIdentityText());
        return new TdxCollateral(
                pem(listChain.apply(new ArrayList<>(List.of(platform.encode(), root.encode())))),
                Bytes.wrapUnshared(rootList.encode()),
                Bytes.wrapUnshared(pckList.encode()),
                signers,
                Bytes.utf8(tcbInfoAfter.apply(tcb)),
                Bytes.wrapUnshared(tcbInfoSignature.apply(tcbInfoSigner.signRaw(tcb.getBytes(StandardCharsets.UTF_8)))),
                signers,
                Bytes.utf8(qeIdentityAfter.apply(qe)),
                Bytes.wrapUnshared(
                        qeIdentitySignature.apply(qeIdentitySigner.signRaw(qe.getBytes(StandardCharsets.UTF_8)))));
    }

    private byte[] tdBody(boolean is15) {
        ByteBuffer body = ByteBuffer.allocate(is15 ? 648 : 584).order(ByteOrder.LITTLE_ENDIAN);
        body.put(teeTcbSvn).put(filled(48, 0x33)).put(mrSignerSeam).put(seamAttributes);
        body.putLong(tdAttributes).putLong(xfam);
        for (int i = 0; i < 8; i++) {
            body.put(filled(48, 0x60 + i));
        }
        body.put(reportData);
        if (is15) {
            body.put(teeTcbSvn2).put(mrServiceTd);
        }
        return body.array();
    }

    private static byte[] enclaveReport(
            byte[] miscSelect, byte[] attributes, byte[] mrSigner, int product, int svn, byte[] data) {
        ByteBuffer report = ByteBuffer.allocate(384).order(ByteOrder.LITTLE_ENDIAN);
        report.position(16);
        report.put(miscSelect).position(48);
        report.put(attributes).put(filled(32, 0x44)).position(128);
        report.put(mrSigner).position(256);
        report.putShort((short) product).putShort((short) svn).position(320);
        report.put(data);
        return report.array();
    }

    static byte[] le16(int value) {
        return new byte[] {(byte) value, (byte) (value >> 8)};
    }

    static byte[] le32(int value) {
        return new byte[] {(byte) value, (byte) (value >> 8), (byte) (value >> 16), (byte) (value >> 24)};
    }

    byte[] chainBytes() {
        List<byte[]> chain = new ArrayList<>(List.of(pckCertificate(), platform.encode(), root.encode()));
        return (pem(pckChain.apply(chain)).toUtf8() + chainEnd).getBytes(StandardCharsets.US_ASCII);
    }

    byte[] quoteBytes() {
        boolean isSgx = tee == 0;
        byte[] body = isSgx
                ? enclaveReport(new byte[4], sgxAttributes, filled(32, 0x22), 1, 1, reportData)
                : tdBody(version == 5 && bodyType == 3);
        byte[] bodyHeader =
                version == 5 ? DerOut.concat(le16(bodyType), le32(bodySize < 0 ? body.length : bodySize)) : new byte[0];
        byte[] signed = DerOut.concat(
                le16(version), le16(keyType), le32(tee), new byte[4], vendor, new byte[20], bodyHeader, body);

        byte[] hash = Signatures.sha256(Bytes.wrapUnshared(DerOut.concat(boundKey, qeData)));
        byte[] qeReport = enclaveReport(
                qeMiscSelect, qeAttributes, qeMrSigner, qeProduct, qeSvn, DerOut.concat(hash, qeReportDataTail));
        byte[] qeSignature = qeReportSignature.apply(qeReportSigner.signRaw(qeReport));
        byte[] chain = chainBytes();
        byte[] inner = DerOut.concat(
                qeReportAfter.apply(qeReport),
                qeSignature,
                le16(qeData.length),
                qeData,
                le16(innerType),
                le32(chain.length),
                chain);
        byte[] outer = version == 3 ? inner : DerOut.concat(le16(outerType), le32(inner.length), inner);
        byte[] authentication =
                DerOut.concat(quoteSignature.apply(quoteSigner.signRaw(signedRegion.apply(signed))), shownKey, outer);
        return quoteAfter.apply(DerOut.concat(signed, le32(authentication.length), authentication));
    }

    Bytes quote() {
        return Bytes.wrapUnshared(quoteBytes());
    }

    Verification<TdxAppraisal> verify() {
        return TdxVerifier.verify(quote(), collateral(), trust(), time);
    }
}
