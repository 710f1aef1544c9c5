package io.cocoon.examples;

import io.cocoon.store.DiskFailure;
import io.cocoon.tee.AttestationCheck;
import io.cocoon.tee.AttestationReport;
import io.cocoon.tee.CertificateIdentity;
import io.cocoon.tee.PeerEvidence;
import io.cocoon.tee.PeerPolicy;
import io.cocoon.tee.PolicyDecision;
import io.cocoon.tee.RaTls;
import io.cocoon.tee.collateral.CollateralException;
import io.cocoon.tee.collateral.CollateralSource;
import io.cocoon.tee.collateral.DirectoryCollateral;
import io.cocoon.tee.collateral.HttpCollateral;
import io.cocoon.tee.collateral.MemoryCollateral;
import io.cocoon.tee.collateral.TdxCollateralJson;
import io.cocoon.tee.nvidia.GpuTrust;
import io.cocoon.tee.nvidia.NrasTrust;
import io.cocoon.tee.policy.AttestationPolicy;
import io.cocoon.tee.policy.EvidenceBundle;
import io.cocoon.tee.policy.GpuBundle;
import io.cocoon.tee.policy.GpuFinding;
import io.cocoon.tee.policy.GpuProof;
import io.cocoon.tee.policy.GpuRules;
import io.cocoon.tee.policy.PolicyException;
import io.cocoon.tee.policy.SnpRules;
import io.cocoon.tee.policy.TrustAnchors;
import io.cocoon.tee.sevsnp.SnpTrust;
import io.cocoon.tee.tdx.TdxTrust;
import io.cocoon.tl.Bytes;
import io.cocoon.ton.chain.HostPort;
import io.cocoon.transport.CloseReason;
import io.cocoon.transport.Connection;
import io.cocoon.transport.ConnectionClosedException;
import io.cocoon.transport.ConnectionHandler;
import io.cocoon.transport.DialTarget;
import io.cocoon.transport.Responder;
import io.cocoon.transport.Transport;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

// Says whether evidence can be trusted, and which checks say so:
//
//     examples/run VerifyEvidence proxy.example:11002            a peer: proof of work and TLS, then its certificate is
// judged
//     examples/run VerifyEvidence quote.bin --policy mine.json   a TDX quote, a SEV-SNP report, a certificate (PEM or
// DER), a bundle
//     examples/run VerifyEvidence bundle.json                    offline, with the bundle's own policy, collateral and
// time
//     examples/run VerifyEvidence gpus.json                      GPUs alone: that they are genuine, not whose they are
//     examples/run VerifyEvidence proxy.pem --gpus gpus.json     a machine and its GPUs, and whether they are bound
//
// Exit code 0: trusted. 1: not trusted. 2: could not tell (no collateral, nobody answers, an unreadable file, wrong
// arguments).
// docs/attestation.md says what a verdict means, and what it does not.

/** See the comment above. */
@Command(
        name = "VerifyEvidence",
        mixinStandardHelpOptions = true,
        description = "Verifies a quote, a report, a certificate, a bundle, GPUs or a peer, and prints every check.",
        footer = "Exit code 0: trusted; 1: not trusted; 2: could not tell.")
public final class VerifyEvidence implements Callable<Integer> {

    static final int TRUSTED = Running.FINE;
    static final int NOT_TRUSTED = Running.FAILED;
    static final int COULD_NOT_TELL = Running.COULD_NOT_TELL;

    private static final int SNP_REPORT_BYTES = 1_184;
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Set<String> NO_VERDICT =
            Set.of("COLLATERAL_UNAVAILABLE", "CRL_MISSING", "VERIFIER_FAILED", "OCSP_MISSING", "GPU_KEY_MISSING");

    /** For a first look at GPUs: genuine ones, however many, by either proof, also if nothing ties them to a machine. */
    private static final GpuRules LOOK_AT_GPUS =
            GpuRules.STRICT.believing(EnumSet.allOf(GpuProof.class)).anyNumber().tolerating(GpuFinding.UNBOUND);

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(arity = "0..1", paramLabel = "FILE|HOST:PORT", description = "What to verify.")
    private String what = "";

    @Option(names = "--policy", paramLabel = "FILE", description = "The policy, JSON (docs/attestation.md).")
    @Nullable
    Path policyFile;

    @Option(
            names = "--collateral",
            paramLabel = "DIR|FILE",
            description = "Take collateral from this folder, or this one JSON file, and ask nobody.")
    @Nullable
    Path collateral;

    @Option(names = "--pccs", paramLabel = "URI", description = "Ask this PCCS instead of Intel.")
    @Nullable
    URI pccs;

    @Option(names = "--kds", paramLabel = "URI", description = "Ask this address instead of AMD's key service.")
    @Nullable
    URI kds;

    @Option(
            names = "--endorsement",
            paramLabel = "FILE",
            description = "PEM or DER of the certificate of the key that signed a SEV-SNP report.")
    @Nullable
    Path endorsement;

    @Option(
            names = "--gpus",
            paramLabel = "FILE",
            description = "Evidence of the machine's GPUs, judged together with the rest (docs/attestation.md).")
    @Nullable
    Path gpus;

    @Option(
            names = "--test-nras-keys",
            description = "TESTS ONLY: believe the key set that comes with tokens, whoever made it.")
    private boolean testNrasKeys;

    @Option(
            names = "--time",
            paramLabel = "INSTANT",
            description = "Verify at this time, for example 2025-07-01T00:00:00Z.")
    @Nullable
    Instant time;

    @Option(names = "--as-client", description = "Judge a certificate as the one of a dialling peer.")
    private boolean asClient;

    @Option(names = "--save-bundle", paramLabel = "FILE", description = "Keep everything that the verdict rests on.")
    @Nullable
    Path saveBundle;

    @Option(
            names = "--test-root",
            paramLabel = "FILE",
            description = "TESTS ONLY: believe this root certificate (DER) instead of Intel's.")
    @Nullable
    Path testRoot;

    @Option(names = "--json", description = "Print the report as JSON.")
    private boolean json;

    public static void main(String[] args) {
        System.exit(Running.run(new VerifyEvidence(), args));
    }

    @Override
    public Integer call() {
        if (what.isEmpty()) {
            throw new IllegalArgumentException(
                    "say what to verify: FILE or HOST:PORT; --help shows what can be verified");
        }
        PrintWriter err = spec.commandLine().getErr();
        try (CollateralSource source = new Telling(source(), err)) {
            AttestationReport report = report(source);
            spec.commandLine().getOut().println(json ? report.toJson() : report.toText());
            return exitCode(report);
        } catch (Refused e) {
            err.println("not trusted: " + e.getMessage());
            return NOT_TRUSTED;
        } catch (PolicyException | CollateralException e) {
            err.println("could not tell: " + (e.getMessage() == null ? e : e.getMessage()));
            return COULD_NOT_TELL;
        } catch (IOException e) {
            err.println("could not tell: " + DiskFailure.inWords(e));
            return COULD_NOT_TELL;
        } catch (Exception e) {
            err.println("could not tell: " + e);
            return COULD_NOT_TELL;
        }
    }

    private AttestationReport report(CollateralSource source) throws IOException, PolicyException {
        Instant at = time;
        Path file = Path.of(what);
        if (Files.exists(file) && startsLikeJson(file)) {
            Bytes content = read(file);
            if (GpuBundle.isFile(content)) {
                GpuBundle alone = GpuBundle.parse(content);
                return alone.verify(gpuRules(), anchors(), at == null ? alone.time() : at);
            }
        }
        EvidenceBundle bundle = bundle(source);
        Path shown = gpus;
        if (shown != null) {
            bundle = withGpus(bundle, GpuBundle.parse(read(shown)));
        }
        Path keep = saveBundle;
        if (keep != null) {
            Files.write(keep, bundle.toJson().toByteArray());
        }
        return at == null ? bundle.verify(anchors()) : bundle.verify(anchors(), at);
    }

    /** GPU evidence that a policy does not ask for would not be looked at, and an exit code of 0 would say nothing of it. */
    private static EvidenceBundle withGpus(EvidenceBundle bundle, GpuBundle shown) throws IOException {
        if (!bundle.policy().gpu().required()) {
            throw new IOException("policy " + bundle.policy().name()
                    + " does not require GPUs, so their evidence would not be looked at; put a 'gpu' section with"
                    + " \"required\": true into it");
        }
        return bundle.withGpus(shown);
    }

    private GpuRules gpuRules() throws IOException, PolicyException {
        GpuRules rules = policyFile == null ? LOOK_AT_GPUS : policy().gpu();
        if (!rules.required()) {
            throw new IOException(
                    "the policy does not require GPUs, and so says nothing about them; put a 'gpu' section"
                            + " with \"required\": true into it");
        }
        return rules;
    }

    private static boolean startsLikeJson(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return in.read() == '{';
        }
    }

    private static Bytes read(Path file) throws IOException {
        if (Files.size(file) > EvidenceBundle.MAX_BYTES) {
            throw new IOException(
                    file + " has " + Files.size(file) + " bytes; wanted at most " + EvidenceBundle.MAX_BYTES);
        }
        return Bytes.wrapUnshared(Files.readAllBytes(file));
    }

    private static int exitCode(AttestationReport report) {
        if (report.accepted().isPresent()) {
            return TRUSTED;
        }
        return report.firstFailure()
                        .map(AttestationCheck::code)
                        .filter(NO_VERDICT::contains)
                        .isPresent()
                ? COULD_NOT_TELL
                : NOT_TRUSTED;
    }

    private TrustAnchors anchors() throws IOException {
        Path root = testRoot;
        TrustAnchors anchors = root == null
                ? TrustAnchors.genuine()
                : TrustAnchors.forTestsOnly(
                        "--test-root " + root.getFileName(),
                        TdxTrust.ofCertificate(Bytes.wrapUnshared(Files.readAllBytes(root))),
                        SnpTrust.amd());
        return testNrasKeys
                ? anchors.withGpusForTestsOnly("--test-nras-keys", GpuTrust.nvidia(), NrasTrust.ofKeySetItself())
                : anchors;
    }

    private AttestationPolicy policy() throws IOException, PolicyException {
        Path file = policyFile;
        if (file != null) {
            return AttestationPolicy.parse(Bytes.wrapUnshared(Files.readAllBytes(file)));
        }
        // For a first look: says whether the hardware is genuine and up to date, and shows which image it runs.
        AttestationPolicy.Builder look = AttestationPolicy.builder("any-image-of-genuine-hardware")
                .allowTdx()
                .allowSevSnp(SnpRules.Software.FIRMWARE_ONLY)
                .anyImage();
        if (gpus != null) {
            look.gpu(LOOK_AT_GPUS);
        }
        Path root = testRoot;
        if (root != null) {
            look.collateralRoots(List.of(TdxTrust.ofCertificate(Bytes.wrapUnshared(Files.readAllBytes(root)))
                    .rootHash()));
        }
        return look.build();
    }

    private CollateralSource source() throws IOException, CollateralException {
        Path from = collateral;
        if (from != null && Files.isDirectory(from)) {
            return DirectoryCollateral.at(from);
        }
        if (from != null) {
            return OneSet.of(TdxCollateralJson.parse(Bytes.wrapUnshared(Files.readAllBytes(from))));
        }
        HttpCollateral.Builder online = HttpCollateral.builder();
        if (pccs != null) {
            online.pccs(pccs);
        }
        if (kds != null) {
            online.amd(kds);
        }
        return online.build();
    }

    /** Says on standard error why collateral could not be had: a bundle only knows that it has none. */
    private record Telling(CollateralSource inner, PrintWriter err) implements CollateralSource {

        private <T> CompletionStage<T> tell(CompletionStage<T> asked) {
            return asked.whenComplete((set, failure) -> {
                if (failure != null) {
                    Throwable cause = failure.getCause() == null ? failure : failure.getCause();
                    err.println("collateral: " + cause.getMessage());
                }
            });
        }

        @Override
        public CompletionStage<io.cocoon.tee.tdx.TdxCollateral> tdx(
                io.cocoon.tee.collateral.Fmspc fmspc, io.cocoon.tee.collateral.PckCa ca, boolean sgx) {
            return tell(inner.tdx(fmspc, ca, sgx));
        }

        @Override
        public CompletionStage<io.cocoon.tee.sevsnp.SnpCollateral> snp(
                io.cocoon.tee.sevsnp.SnpProduct product, boolean vlek) {
            return tell(inner.snp(product, vlek));
        }

        @Override
        public void close() {
            inner.close();
        }
    }

    /** Gives one set to whoever asks for TDX; a set for another platform fails its own check. */
    private record OneSet(io.cocoon.tee.tdx.TdxCollateral set) implements CollateralSource {

        static CollateralSource of(io.cocoon.tee.tdx.TdxCollateral set) {
            return new OneSet(set);
        }

        @Override
        public CompletionStage<io.cocoon.tee.tdx.TdxCollateral> tdx(
                io.cocoon.tee.collateral.Fmspc fmspc, io.cocoon.tee.collateral.PckCa ca, boolean sgx) {
            return CompletableFuture.completedFuture(set);
        }

        @Override
        public CompletionStage<io.cocoon.tee.sevsnp.SnpCollateral> snp(
                io.cocoon.tee.sevsnp.SnpProduct product, boolean vlek) {
            return MemoryCollateral.builder().build().snp(product, vlek);
        }
    }

    private EvidenceBundle bundle(CollateralSource source) throws IOException, PolicyException {
        Path file = Path.of(what);
        if (!Files.exists(file)) {
            HostPort peer = HostPort.tryParse(what)
                    .orElseThrow(() -> new IOException("there is no file " + what
                            + ", and it is no IPv4 address with a port, such as 127.0.0.1:11002"));
            return collect(new EvidenceBundle.Subject.Certificate(certificateOf(peer), false), source);
        }
        Bytes content = read(file);
        if (content.length() > 0 && content.get(0) == '{') {
            EvidenceBundle read = EvidenceBundle.parse(content);
            return policyFile == null ? read : read.withPolicy(policy());
        }
        return collect(subject(content), source);
    }

    private EvidenceBundle.Subject subject(Bytes content) throws IOException {
        int first = content.isEmpty() ? 0 : content.get(0);
        if (content.length() == SNP_REPORT_BYTES && first >= 2 && first <= 5 && content.get(1) == 0) {
            Path key = endorsement;
            if (key == null) {
                throw new IOException("a SEV-SNP report needs the certificate of its key: --endorsement FILE");
            }
            return new EvidenceBundle.Subject.Report(content, pem(Files.readAllBytes(key)));
        }
        // A quote holds PEM itself, so it is told apart first: by its version, 3 to 5.
        if (first >= 3 && first <= 5 && content.length() > 1 && content.get(1) == 0) {
            return new EvidenceBundle.Subject.Quote(content);
        }
        String text = new String(content.toByteArray(), StandardCharsets.ISO_8859_1);
        int begin = text.indexOf("-----BEGIN CERTIFICATE-----");
        int end = text.indexOf("-----END CERTIFICATE-----");
        if (begin >= 0 && end > begin) {
            return new EvidenceBundle.Subject.Certificate(
                    Bytes.wrapUnshared(Base64.getMimeDecoder().decode(text.substring(begin + 27, end))), asClient);
        }
        if (first == 0x30) {
            return new EvidenceBundle.Subject.Certificate(content, asClient);
        }
        throw new IOException(
                what + " is no quote (its first two bytes would be a version, 3 to 5), no SEV-SNP report (1184 bytes),"
                        + " no certificate (PEM or DER), no bundle and no GPU evidence (JSON)");
    }

    /** AMD's service gives DER, certificates carry PEM. */
    private static Bytes pem(byte[] certificate) {
        return certificate.length > 0 && certificate[0] == 0x30
                ? Bytes.utf8("-----BEGIN CERTIFICATE-----\n"
                        + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(certificate)
                        + "\n-----END CERTIFICATE-----\n")
                : Bytes.wrapUnshared(certificate);
    }

    private EvidenceBundle collect(EvidenceBundle.Subject subject, CollateralSource source)
            throws IOException, PolicyException {
        Instant at = time == null ? Instant.now() : time;
        return EvidenceBundle.collect(subject, policy(), at, source, PATIENCE)
                .toCompletableFuture()
                .join();
    }

    /** A peer whose certificate breaks a rule: it was seen, and no policy can accept it. */
    private static final class Refused extends IOException {
        private static final long serialVersionUID = 1L;

        Refused(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** Shakes hands, so that the peer has to prove that it holds its key, keeps the certificate and leaves. */
    private static Bytes certificateOf(HostPort peer) throws IOException {
        AtomicReference<@Nullable Bytes> seen = new AtomicReference<>();
        PeerPolicy look = new PeerPolicy() {
            @Override
            public String name() {
                return "look-and-leave";
            }

            @Override
            public CompletionStage<PolicyDecision> judge(PeerEvidence shown) {
                seen.set(shown.certificate());
                return CompletableFuture.completedFuture(PolicyDecision.refuse(List.of(AttestationCheck.failed(
                        "tool", "ENOUGH", "the certificate", "nothing more", "VerifyEvidence", ""))));
            }
        };
        SecureRandom random = new SecureRandom();
        RaTls tls = RaTls.builder()
                .identity(CertificateIdentity.simulatedTdx(Clock.systemUTC(), random))
                .policy(look)
                .random(random)
                .build();
        try (Transport transport = Transport.builder().random(random).build()) {
            transport
                    .dial(DialTarget.direct(peer.host(), peer.port(), tls), new Leaving())
                    .thenAccept(VerifyEvidence::leave)
                    .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (java.util.concurrent.ExecutionException
                | java.util.concurrent.TimeoutException
                | CompletionException e) {
            if (seen.get() == null) {
                Throwable cause = e.getCause() == null ? e : e.getCause();
                if (cause instanceof ConnectionClosedException closed
                        && closed.reason().cause() == CloseReason.Cause.ATTESTATION) {
                    throw new Refused(
                            peer.host() + ":" + peer.port() + ": "
                                    + closed.reason().detail(),
                            e);
                }
                throw new IOException(
                        peer.host() + ":" + peer.port() + " showed no certificate: " + cause.getMessage(), e);
            }
        }
        Bytes certificate = seen.get();
        if (certificate == null) {
            throw new IOException(peer.host() + ":" + peer.port() + " showed no certificate");
        }
        return certificate;
    }

    private static void leave(Connection connection) {
        connection.close("the certificate was seen");
    }

    /** Says nothing and hears nothing. */
    private static final class Leaving implements ConnectionHandler {
        @Override
        public void connected(Connection connection) {
            leave(connection);
        }

        @Override
        public void message(Connection connection, Bytes message) {
            leave(connection);
        }

        @Override
        public void query(Connection connection, Bytes query, Responder responder) {
            leave(connection);
        }

        @Override
        public void closed(Connection connection, CloseReason reason) {}
    }
}
