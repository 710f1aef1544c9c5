package io.cocoon.benchmarks;

import io.cocoon.tee.Verification;
import io.cocoon.tee.nvidia.GpuEvidence;
import io.cocoon.tee.nvidia.GpuEvidenceException;
import io.cocoon.tee.nvidia.GpuNonce;
import io.cocoon.tee.nvidia.GpuReport;
import io.cocoon.tee.nvidia.GpuTrust;
import io.cocoon.tee.nvidia.GpuVerifier;
import io.cocoon.tee.nvidia.NrasAppraisal;
import io.cocoon.tee.nvidia.NrasKeys;
import io.cocoon.tee.nvidia.NrasTokens;
import io.cocoon.tee.nvidia.NrasTrust;
import io.cocoon.tl.Bytes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What GPU evidence costs: reading a report; verifying one with its chain (six signatures of P-384); refusing one with a wrong
 * nonce; judging a bundle of two tokens. Evidence is made under keys of this run.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 3, time = 2)
@Fork(1)
public class GpuEvidenceBenchmark {

    private static final Instant NOW = Instant.parse("2026-11-20T12:00:00Z");
    private static final GpuNonce NONCE = GpuNonce.unbound(Bytes.fromHex("11".repeat(32)));
    private static final GpuNonce OTHER_NONCE = GpuNonce.unbound(Bytes.fromHex("12".repeat(32)));
    private static final byte[] FWID = new byte[48];

    private Bytes report = Bytes.empty();
    private GpuEvidence evidence = new GpuEvidence("", Bytes.empty(), Bytes.empty(), Bytes.empty());
    private GpuTrust trust = GpuTrust.nvidia();
    private Bytes reply = Bytes.empty();
    private @org.jspecify.annotations.Nullable NrasKeys keys;

    @Setup
    public void make() throws GeneralSecurityException, IOException, OperatorCreationException {
        KeyPair[] pairs = new KeyPair[5];
        for (int i = 0; i < pairs.length; i++) {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp384r1"));
            pairs[i] = generator.generateKeyPair();
        }
        StringBuilder chain = new StringBuilder();
        for (int i = 0; i < pairs.length; i++) {
            int issuer = Math.min(i + 1, pairs.length - 1);
            JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                    new X500Name("CN=TEST " + issuer),
                    BigInteger.valueOf(100 + i),
                    Date.from(NOW.minusSeconds(86_400)),
                    Date.from(NOW.plusSeconds(86_400)),
                    new X500Name("CN=TEST " + i),
                    pairs[i].getPublic());
            if (i == 0) {
                byte[] content = HexFormat.of().parseHex("3032" + "0430" + "00".repeat(48));
                builder.addExtension(
                        new Extension(new ASN1ObjectIdentifier("2.23.133.5.4.1"), false, new DEROctetString(content)));
            } else {
                builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
            }
            byte[] der = builder.build(new JcaContentSignerBuilder("SHA384withECDSA").build(pairs[issuer].getPrivate()))
                    .getEncoded();
            chain.append("-----BEGIN CERTIFICATE-----\n")
                    .append(Base64.getEncoder().encodeToString(der))
                    .append("\n-----END CERTIFICATE-----\n");
        }
        byte[] content = unsignedReport();
        report = Bytes.wrapUnshared(content).concat(Bytes.wrapUnshared(sign(pairs[0], content)));
        evidence = new GpuEvidence("HOPPER", report, Bytes.utf8(chain.toString()), NONCE.value());
        Bytes root = Bytes.wrapUnshared(
                MessageDigest.getInstance("SHA-256").digest(pairs[4].getPublic().getEncoded()));
        trust = GpuTrust.of(root, root);
        makeReply(pairs[0]);
        require(GpuVerifier.verifyReport(evidence, trust, NONCE, NOW));
        require(reply());
    }

    private static void require(Verification<?> found) {
        if (found.result().isEmpty()) {
            throw new IllegalStateException("the evidence of the benchmark is refused: " + found.checks());
        }
    }

    private static byte[] unsignedReport() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(HexFormat.of().parseHex("11e001ff" + "11".repeat(32) + "001160000040c00d00"));
        for (int i = 1; i <= GpuReport.BLOCKS; i++) {
            out.writeBytes(new byte[] {(byte) i, 1, 51, 0, 1, 48, 0});
            out.writeBytes(new byte[48]);
        }
        out.writeBytes(new byte[32]);
        out.writeBytes(new byte[] {52, 0, 20, 0, 48, 0});
        out.writeBytes(FWID);
        return out.toByteArray();
    }

    private static byte[] sign(KeyPair key, byte[] content) throws GeneralSecurityException {
        Signature signature = Signature.getInstance("SHA384withECDSAinP1363Format");
        signature.initSign(key.getPrivate());
        signature.update(content);
        return signature.sign();
    }

    private void makeReply(KeyPair key) throws GeneralSecurityException, IOException {
        long now = NOW.getEpochSecond();
        String common = "\"iss\":\"" + NrasTokens.ISSUER + "\",\"iat\":" + now + ",\"nbf\":" + now + ",\"exp\":"
                + (now + 3600) + ",\"eat_nonce\":\"" + NONCE.value().toHex() + "\"";
        StringBuilder claims = new StringBuilder(
                "{" + common + ",\"ueid\":\"1\",\"measres\":\"success\",\"dbgstat\":\"disabled\",\"secboot\":true");
        for (String name : ("arch-check attestation-report-parsed attestation-report-nonce-match"
                        + " attestation-report-signature-verified driver-rim-fetched driver-rim-schema-validated"
                        + " driver-rim-signature-verified driver-rim-measurements-available vbios-rim-fetched"
                        + " vbios-rim-schema-validated vbios-rim-signature-verified vbios-rim-measurements-available"
                        + " vbios-index-no-conflict attestation-report-cert-chain-validated driver-rim-cert-validated"
                        + " vbios-rim-cert-validated")
                .split(" ")) {
            claims.append(",\"x-nvidia-gpu-").append(name).append("\":true");
        }
        String device = token(key, claims + "}");
        String digest = HexFormat.of()
                .formatHex(MessageDigest.getInstance("SHA-256").digest(device.getBytes(StandardCharsets.US_ASCII)));
        String overall = token(
                key,
                "{" + common + ",\"sub\":\"NVIDIA-PLATFORM-ATTESTATION\",\"x-nvidia-ver\":\"2.0\","
                        + "\"x-nvidia-overall-att-result\":true,\"submods\":{\"GPU-0\":[\"DIGEST\",[\"SHA-256\",\""
                        + digest + "\"]]}}");
        reply = Bytes.utf8("[[\"JWT\",\"" + overall + "\"],{\"GPU-0\":\"" + device + "\"}]");
        ECPublicKey point = (ECPublicKey) key.getPublic();
        keys = NrasKeys.read(
                Bytes.utf8("{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-384\",\"kid\":\"k\",\"x\":\""
                        + coordinate(point.getW().getAffineX()) + "\",\"y\":\""
                        + coordinate(point.getW().getAffineY()) + "\"}]}"),
                NrasTrust.ofKeySetItself());
    }

    private static String token(KeyPair key, String claims) throws GeneralSecurityException {
        String signed = base64Url("{\"kid\":\"k\",\"alg\":\"ES384\"}".getBytes(StandardCharsets.UTF_8)) + "."
                + base64Url(claims.getBytes(StandardCharsets.UTF_8));
        return signed + "." + base64Url(sign(key, signed.getBytes(StandardCharsets.US_ASCII)));
    }

    private static String coordinate(BigInteger value) {
        byte[] fixed = new byte[48];
        byte[] bytes = value.toByteArray();
        int length = Math.min(48, bytes.length);
        System.arraycopy(bytes, bytes.length - length, fixed, 48 - length, length);
        return base64Url(fixed);
    }

    private static String base64Url(byte[] content) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(content);
    }

    @Benchmark
    public GpuReport parseReport() throws GpuEvidenceException {
        return GpuReport.parse(report);
    }

    @Benchmark
    public Verification<GpuReport> verifyReport() {
        return GpuVerifier.verifyReport(evidence, trust, NONCE, NOW);
    }

    @Benchmark
    public Verification<GpuReport> refuseNonce() {
        return GpuVerifier.verifyReport(evidence, trust, OTHER_NONCE, NOW);
    }

    @Benchmark
    public Verification<NrasAppraisal> reply() {
        if (keys == null) {
            throw new IllegalStateException("not set up");
        }
        return NrasTokens.verify(reply, keys, NONCE, NOW);
    }
}
