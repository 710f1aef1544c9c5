package io.cocoon.tee.guest;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.tee.CertificateIdentity;
import io.cocoon.tee.collateral.CollateralSource;
import io.cocoon.tee.collateral.VcekRequest;
import io.cocoon.tee.guest.GuestException.Reason;
import io.cocoon.tee.sevsnp.SnpProduct;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The evidence of the TEE that this process runs in: Intel TDX or AMD SEV-SNP, through the kernel's configfs. TEE dossier 8.9
 * and 9.
 *
 * <p>The methods that ask the kernel block, up to the limit; call none on an event loop. Thread-safe.
 */
public final class GuestEvidence {

    /** How long a request may take if not set: the TDX driver alone waits up to 30 seconds for the host. */
    public static final Duration DEFAULT_LIMIT = Duration.ofSeconds(60);

    static final Path MEASUREMENTS = Path.of("/sys/devices/virtual/misc/tdx_guest/measurements");
    private static final List<String> REGISTERS = List.of(
            "mrtd:sha384",
            "mrconfigid",
            "mrowner",
            "mrownerconfig",
            "rtmr0:sha384",
            "rtmr1:sha384",
            "rtmr2:sha384",
            "rtmr3:sha384");
    private static final int REGISTER_BYTES = 48;
    private static final int REPORT_DATA_BYTES = 64;
    private static final int SNP_REPORT_BYTES = 1184;
    private static final int SNP_REPORT_DATA_AT = 0x50;
    private static final int SNP_MEASUREMENT_AT = 0x90;
    private static final int TD_BODY_BYTES = 584;
    private static final int TD_MEASUREMENTS_AT = 136;
    private static final int TD_REPORT_DATA_AT = 520;

    /** Which TEE. */
    public enum Kind {
        TDX("tdx_guest"),
        SEV_SNP("sev_guest");

        private final String provider;

        Kind(String provider) {
            this.provider = provider;
        }
    }

    private final Kind kind;
    private final ConfigfsTsm tsm;
    private final Path measurements;
    private final KernelFiles files;
    private final Clock clock;
    private final SecureRandom random;
    private final Duration limit;
    private boolean published;

    private GuestEvidence(
            Kind kind,
            ConfigfsTsm tsm,
            Path measurements,
            KernelFiles files,
            Clock clock,
            SecureRandom random,
            Duration limit) {
        this.kind = kind;
        this.tsm = tsm;
        this.measurements = measurements;
        this.files = files;
        this.clock = clock;
        this.random = random;
        this.limit = limit;
    }

    /**
     * Looks where this process runs.
     *
     * @throws GuestException with reason {@code ABSENT} if this is no TEE, or its kernel has no configfs-tsm
     */
    public static GuestEvidence detect(Clock clock, SecureRandom random) throws GuestException {
        return detect(
                ConfigfsTsm.ROOT,
                MEASUREMENTS,
                KernelFiles.REAL,
                clock,
                random,
                time -> Thread.sleep(time.toMillis()),
                DEFAULT_LIMIT);
    }

    static GuestEvidence detect(
            Path root,
            Path measurements,
            KernelFiles files,
            Clock clock,
            SecureRandom random,
            ConfigfsTsm.Pause pause,
            Duration limit)
            throws GuestException {
        ConfigfsTsm tsm = new ConfigfsTsm(root, files, random, clock, pause);
        String provider = tsm.provider().orElse("");
        for (Kind each : Kind.values()) {
            if (each.provider.equals(provider)) {
                return new GuestEvidence(each, tsm, measurements, files, clock, random, limit);
            }
        }
        throw new GuestException(
                Reason.ABSENT,
                "looking for a TEE in " + root,
                provider.isEmpty() ? "no provider of evidence" : "a provider of another name",
                "tdx_guest or sev_guest",
                "run inside a TDX or SEV-SNP virtual machine with Linux 6.7 or later, configfs mounted and the guest"
                        + " driver loaded; the ioctls of older kernels are out of reach of pure Java");
    }

    /** Which TEE this is. */
    public Kind kind() {
        return kind;
    }

    /**
     * Gets a quote (TDX) or a report (SEV-SNP) over 64 bytes of report data. Blocks.
     *
     * @throws GuestException if there is none in time, or it is not over these bytes
     */
    public Bytes evidence(Bytes reportData) throws GuestException {
        return ask(reportData).out();
    }

    private ConfigfsTsm.Answer ask(Bytes reportData) throws GuestException {
        // On a thread of its own: a read that hangs in the kernel cannot be ended, only left behind.
        CompletableFuture<ConfigfsTsm.Answer> answer = new CompletableFuture<>();
        Thread thread = new Thread(
                () -> {
                    try {
                        answer.complete(tsm.request(reportData, kind.provider, limit));
                    } catch (GuestException | RuntimeException e) {
                        answer.completeExceptionally(e);
                    }
                },
                "cocoon-guest-evidence");
        thread.setDaemon(true);
        thread.start();
        String tried = "asking the kernel for evidence of " + kind;
        ConfigfsTsm.Answer got;
        try {
            got = answer.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new GuestException(
                    Reason.LATE, tried, "no answer within " + limit, "one", "check the host's quoting service");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new GuestException(Reason.LATE, tried, "an interrupt", "an answer", "ask again");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof GuestException problem) {
                throw problem;
            }
            throw new IllegalStateException(e.getCause());
        }
        Bytes seen = kind == Kind.TDX
                ? tdBody(got.out(), tried).slice(TD_REPORT_DATA_AT, REPORT_DATA_BYTES)
                : snpReport(got.out(), tried).slice(SNP_REPORT_DATA_AT, REPORT_DATA_BYTES);
        if (!seen.equals(reportData)) {
            throw new GuestException(
                    Reason.WRONG_ANSWER,
                    tried,
                    "evidence over other report data",
                    "ours",
                    "check the host; evidence that was made for somebody else is never used");
        }
        return got;
    }

    private static Bytes tdBody(Bytes quote, String tried) throws GuestException {
        int version = quote.length() < 2 ? -1 : quote.get(0) & 0xff | (quote.get(1) & 0xff) << 8;
        int at = version == 4 ? 48 : version == 5 ? 54 : -1;
        if (at < 0 || quote.length() < at + TD_BODY_BYTES) {
            throw new GuestException(
                    Reason.WRONG_ANSWER,
                    tried,
                    quote.length() + " bytes, version " + version,
                    "a quote of version 4 or 5",
                    "check the host's quoting service");
        }
        return quote.slice(at, TD_BODY_BYTES);
    }

    private static Bytes snpReport(Bytes report, String tried) throws GuestException {
        if (report.length() != SNP_REPORT_BYTES) {
            throw new GuestException(
                    Reason.WRONG_ANSWER,
                    tried,
                    report.length() + " bytes",
                    SNP_REPORT_BYTES + " bytes",
                    "check the kernel's log");
        }
        return report;
    }

    /**
     * Returns the hash of the image that this runs, as peers see it (TEE dossier 3.4; 2026 part, 5.1). On TDX out of the
     * registers where the kernel shows them (Linux 6.16), else out of a fresh quote. From here on {@link #extendRtmr3}
     * refuses, because it would change the hash.
     *
     * @throws GuestException if neither can be had
     */
    public synchronized Int256 imageHash() throws GuestException {
        Bytes measured;
        if (kind == Kind.SEV_SNP) {
            measured = evidence(randomReportData()).slice(SNP_MEASUREMENT_AT, REGISTER_BYTES);
        } else if (files.exists(measurements)) {
            measured = Bytes.empty();
            for (String name : REGISTERS) {
                measured = measured.concat(register(name));
            }
        } else {
            measured = tdBody(evidence(randomReportData()), "reading our own quote")
                    .slice(TD_MEASUREMENTS_AT, REGISTERS.size() * REGISTER_BYTES);
        }
        published = true;
        return Int256.of(sha("SHA-256", measured.concat(Bytes.copyOf(new byte[REPORT_DATA_BYTES]))));
    }

    private Bytes randomReportData() {
        byte[] data = new byte[REPORT_DATA_BYTES];
        random.nextBytes(data);
        return Bytes.wrapUnshared(data);
    }

    private Bytes register(String name) throws GuestException {
        Path file = measurements.resolve(name);
        try {
            byte[] value = files.read(file, REGISTER_BYTES);
            if (value.length != REGISTER_BYTES) {
                throw new GuestException(
                        Reason.WRONG_ANSWER,
                        "reading " + file,
                        "a register of another length",
                        REGISTER_BYTES + " bytes",
                        "check the kernel");
            }
            return Bytes.wrapUnshared(value);
        } catch (GuestException e) {
            throw e;
        } catch (IOException e) {
            throw new GuestException(
                    Reason.ABSENT,
                    "reading " + file,
                    e.getClass().getSimpleName(),
                    "a register",
                    "use Linux 6.16 or later");
        }
    }

    /**
     * Measures a message into RTMR3, which only a restart undoes: the register becomes SHA-384 of its value and the SHA-384
     * of the message. TEE dossier 8.2 and 9.3.
     *
     * @param message one line of printable ASCII
     * @throws GuestException if the kernel has no such register, or does not hold the expected value afterwards
     * @throws IllegalStateException if the image hash was handed out already, which this would change
     */
    public synchronized void extendRtmr3(String message) throws GuestException {
        if (message.isEmpty() || message.chars().anyMatch(c -> c < 0x20 || c > 0x7e)) {
            throw new IllegalArgumentException("a message is one line of printable ASCII");
        }
        if (published) {
            throw new IllegalStateException(
                    "the image hash was handed out already and would change; extend RTMR3 before");
        }
        if (kind != Kind.TDX) {
            throw new GuestException(
                    Reason.ABSENT, "extending RTMR3", kind.toString(), "TDX", "SEV-SNP has no registers to extend");
        }
        String name = "rtmr3:sha384";
        Bytes before = register(name);
        byte[] digest = sha("SHA-384", Bytes.copyOf(message.getBytes(StandardCharsets.US_ASCII)));
        try {
            files.write(measurements.resolve(name), digest);
        } catch (IOException e) {
            throw new GuestException(
                    Reason.ABSENT,
                    "extending RTMR3",
                    e.getClass().getSimpleName(),
                    "a write of 48 bytes",
                    "run as a user who may write " + measurements);
        }
        if (!register(name).equals(Bytes.wrapUnshared(sha("SHA-384", before.concat(Bytes.wrapUnshared(digest)))))) {
            throw new GuestException(
                    Reason.WRONG_ANSWER,
                    "extending RTMR3",
                    "another value than the extension gives",
                    "the extended value",
                    "find out who else extends it");
        }
    }

    /**
     * Makes a new key and a certificate with evidence for it. On TDX; blocks.
     *
     * @throws GuestException if the evidence cannot be had
     */
    public CertificateIdentity tdxIdentity() throws GuestException {
        if (kind != Kind.TDX) {
            throw new GuestException(
                    Reason.ABSENT, "making a TDX certificate", kind.toString(), "TDX", "use snpIdentity");
        }
        publish();
        Ed25519Key key = Ed25519Key.generate(random);
        return CertificateIdentity.withTdxQuote(key, evidence(reportData(key)), clock, random);
    }

    /**
     * Makes a new key and a certificate with evidence for it. On SEV-SNP; blocks. The endorsement certificate comes from
     * the host's table, or else from a source, for the level that the report itself states (hazard D12).
     *
     * @param product the product of this machine
     * @param source where to ask if the host gives none
     * @throws GuestException if evidence or certificate cannot be had
     */
    public CertificateIdentity snpIdentity(SnpProduct product, CollateralSource source) throws GuestException {
        if (kind != Kind.SEV_SNP) {
            throw new GuestException(
                    Reason.ABSENT, "making an SEV-SNP certificate", kind.toString(), "SEV-SNP", "use tdxIdentity");
        }
        publish();
        Ed25519Key key = Ed25519Key.generate(random);
        ConfigfsTsm.Answer answer = ask(reportData(key));
        SnpCertificateTable table = SnpCertificateTable.parse(answer.aux());
        boolean vlek = (answer.out().intLeAt(0x48) >> 2 & 7) == 1;
        Bytes certificate = (vlek ? table.vlek() : table.vcek()).orElse(Bytes.empty());
        if (certificate.isEmpty()) {
            certificate = fetched(product, answer.out(), vlek, source);
        }
        return CertificateIdentity.withSnpReport(key, answer.out(), pem(certificate), clock, random);
    }

    private Bytes fetched(SnpProduct product, Bytes report, boolean vlek, CollateralSource source)
            throws GuestException {
        String tried = "getting the certificate of the key that signed our report";
        if (vlek) {
            throw new GuestException(
                    Reason.ABSENT,
                    tried,
                    "a VLEK and no certificate from the host",
                    "one from the host",
                    "ask the cloud provider: AMD gives VLEK certificates to nobody else");
        }
        try {
            return source.vcek(VcekRequest.forReport(product, report))
                    .toCompletableFuture()
                    .get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new GuestException(Reason.LATE, tried, "an interrupt", "a certificate", "ask again");
        } catch (ExecutionException | TimeoutException | IllegalArgumentException e) {
            Throwable cause = e instanceof ExecutionException && e.getCause() != null ? e.getCause() : e;
            throw new GuestException(
                    Reason.ABSENT,
                    tried,
                    String.valueOf(cause.getMessage()),
                    "a certificate",
                    "check the way to AMD's service, or have the host pass the certificate");
        }
    }

    private synchronized void publish() {
        published = true;
    }

    private static Bytes pem(Bytes der) {
        return Bytes.utf8("-----BEGIN CERTIFICATE-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der.toByteArray())
                + "\n-----END CERTIFICATE-----\n");
    }

    private static Bytes reportData(Ed25519Key key) {
        return Bytes.wrapUnshared(sha("SHA-512", key.publicKey().toBytes()));
    }

    private static byte[] sha(String name, Bytes content) {
        try {
            return MessageDigest.getInstance(name).digest(content.toByteArray());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has " + name, e);
        }
    }
}
