package io.cocoon.tee.guest;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.tee.AttestationCheck;
import io.cocoon.tee.CertificateIdentity;
import io.cocoon.tee.collateral.CollateralSource;
import io.cocoon.tee.collateral.VcekRequest;
import io.cocoon.tee.guest.GuestException.Reason;
import io.cocoon.tee.internal.PemBlocks;
import io.cocoon.tee.sevsnp.SnpCollateral;
import io.cocoon.tee.sevsnp.SnpProduct;
import io.cocoon.tee.sevsnp.SnpTrust;
import io.cocoon.tee.sevsnp.SnpVerifier;
import io.cocoon.tee.tdx.EventLog;
import io.cocoon.tee.tdx.Rtmr;
import io.cocoon.tee.tdx.TdxQuoteException;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The evidence of the TEE that this process runs in: Intel TDX or AMD SEV-SNP, through the kernel's configfs. TEE dossier 8.9
 * and 9.
 *
 * <p>The methods that ask the kernel block, up to the limit; call none on an event loop. Thread-safe.
 */
public final class GuestEvidence {

    /** How long a request may take if not set: the TDX driver alone waits up to 30 seconds for the host. */
    public static final Duration DEFAULT_LIMIT = Duration.ofSeconds(60);

    /**
     * Where the kernel shows its interfaces; other places in tests.
     *
     * @param tsm requests for evidence
     * @param measurements the registers
     * @param eventLog the log of the firmware
     */
    record Places(Path tsm, Path measurements, Path eventLog) {
        static final Places KERNEL = new Places(
                ConfigfsTsm.ROOT,
                Path.of("/sys/devices/virtual/misc/tdx_guest/measurements"),
                Path.of("/sys/firmware/acpi/tables/data/CCEL"));
    }

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
    private static final int SNP_KEY_INFO_AT = 0x48;
    private static final int SNP_MEASUREMENT_AT = 0x90;
    private static final int TD_BODY_BYTES = 584;
    private static final int TD_MEASUREMENTS_AT = 136;
    private static final int TD_REPORT_DATA_AT = 520;
    private static final int RTMRS = 4;
    private static final Logger LOG = LoggerFactory.getLogger(GuestEvidence.class);
    private static final String GETTING = "getting the certificate of the key that signed our report";
    private static final int MAX_MESSAGES = 4096;
    private static final String SAME_USER = "run as a user who may do this, which is root by default";

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
    private final Places places;
    private final OptionalInt privilegeLevel;
    private final KernelFiles files;
    private final Clock clock;
    private final SecureRandom random;
    private final Duration limit;
    private boolean published;

    private GuestEvidence(
            Kind kind,
            ConfigfsTsm tsm,
            Places places,
            OptionalInt privilegeLevel,
            KernelFiles files,
            Clock clock,
            SecureRandom random,
            Duration limit) {
        this.kind = kind;
        this.tsm = tsm;
        this.places = places;
        this.privilegeLevel = privilegeLevel;
        this.files = files;
        this.clock = clock;
        this.random = random;
        this.limit = limit;
    }

    /**
     * Looks where this process runs.
     *
     * @throws GuestException with reason {@code ABSENT} if this is no TEE, or its kernel has no configfs-tsm; {@code DENIED} if this
     *     process may not use it
     */
    public static GuestEvidence detect(Clock clock, SecureRandom random) throws GuestException {
        return detect(clock, random, OptionalInt.empty());
    }

    /**
     * Looks where this process runs, for reports that name a privilege level.
     *
     * @param privilegeLevel the VMPL that reports of SEV-SNP name, 0 to 3, not below the guest's own; empty for the kernel's choice.
     *     Policies may demand one (2026 part of the TEE dossier, 8.8)
     * @throws GuestException as the other method, and with reason {@code WRONG_KIND} for a level where there are none
     */
    public static GuestEvidence detect(Clock clock, SecureRandom random, OptionalInt privilegeLevel)
            throws GuestException {
        return detect(
                Places.KERNEL,
                privilegeLevel,
                KernelFiles.REAL,
                clock,
                random,
                time -> Thread.sleep(time.toMillis()),
                DEFAULT_LIMIT);
    }

    static GuestEvidence detect(
            Places places,
            OptionalInt privilegeLevel,
            KernelFiles files,
            Clock clock,
            SecureRandom random,
            ConfigfsTsm.Pause pause,
            Duration limit)
            throws GuestException {
        if (privilegeLevel.isPresent()
                && (privilegeLevel.getAsInt() < 0 || privilegeLevel.getAsInt() > ConfigfsTsm.MAX_PRIVILEGE_LEVEL)) {
            throw new IllegalArgumentException("a privilege level is 0 to " + ConfigfsTsm.MAX_PRIVILEGE_LEVEL + ", got "
                    + privilegeLevel.getAsInt());
        }
        ConfigfsTsm tsm = new ConfigfsTsm(places.tsm, files, random, clock, pause);
        String provider = tsm.provider().orElse("");
        for (Kind each : Kind.values()) {
            if (each.provider.equals(provider)) {
                if (each != Kind.SEV_SNP && privilegeLevel.isPresent()) {
                    throw wrongKind("asking for a privilege level", each, Kind.SEV_SNP, "leave the level out");
                }
                return new GuestEvidence(each, tsm, places, privilegeLevel, files, clock, random, limit);
            }
        }
        throw new GuestException(
                Reason.ABSENT,
                "looking for a TEE in " + places.tsm,
                provider.isEmpty() ? "no provider of evidence" : "a provider of another name",
                "tdx_guest or sev_guest",
                "run inside a TDX or SEV-SNP virtual machine with Linux 6.7 or later, configfs mounted and the guest"
                        + " driver loaded; the ioctls of older kernels are out of reach of pure Java");
    }

    private static GuestException wrongKind(String tried, Kind seen, Kind wanted, String nextStep) {
        return new GuestException(Reason.WRONG_KIND, tried, seen.toString(), wanted.toString(), nextStep);
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
                        answer.complete(tsm.request(reportData, kind.provider, privilegeLevel, limit));
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
        } else if (files.exists(places.measurements)) {
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
        Path file = places.measurements.resolve(name);
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
            throw unreadable("reading " + file, e, "a register", "use Linux 6.16 or later");
        }
    }

    private static GuestException unreadable(String tried, IOException e, String wanted, String ifAbsent) {
        boolean absent = e instanceof NoSuchFileException;
        boolean denied = e instanceof AccessDeniedException;
        return new GuestException(
                absent ? Reason.ABSENT : denied ? Reason.DENIED : Reason.FAILED,
                tried,
                absent ? "no such file" : denied ? "no access" : e.getClass().getSimpleName(),
                wanted,
                absent ? ifAbsent : denied ? SAME_USER : "check the kernel's log");
    }

    /**
     * Replays the logs of what was measured at boot and compares them with the registers of a fresh quote. Blocks. On TDX.
     *
     * @param rtmr3Messages the lines that the running system measured into RTMR3, oldest first (on images of the network the lines
     *     of {@code /var/log/tdx-attestation.log}); empty if there were none
     * @return both; what they do not have in common is for the caller to judge
     * @throws GuestException if the machine has no such log, or it cannot be read, or evidence cannot be had
     */
    public BootLog bootLog(List<String> rtmr3Messages) throws GuestException {
        if (rtmr3Messages.size() > MAX_MESSAGES) {
            throw new IllegalArgumentException(
                    "at most " + MAX_MESSAGES + " messages of RTMR3, got " + rtmr3Messages.size());
        }
        rtmr3Messages.forEach(GuestEvidence::requireLine);
        String tried = "reading " + places.eventLog;
        if (kind != Kind.TDX) {
            throw wrongKind(tried, kind, Kind.TDX, "compare the launch digest: SEV-SNP has no registers");
        }
        EventLog log;
        List<Bytes> replayed;
        try {
            log = EventLog.parse(Bytes.wrapUnshared(files.read(places.eventLog, EventLog.MAX_BYTES)));
            replayed = new ArrayList<>(log.replay());
        } catch (IOException e) {
            throw unreadable(tried, e, "the log of the firmware", "use a kernel with ACPI and a firmware that logs");
        } catch (TdxQuoteException e) {
            throw new GuestException(
                    Reason.WRONG_ANSWER, tried, String.valueOf(e.getMessage()), "a log", "check the firmware");
        }
        for (String message : rtmr3Messages) {
            replayed.set(RTMRS - 1, Rtmr.extend(replayed.get(RTMRS - 1), Rtmr.digest(message)));
        }
        Bytes all = tdBody(evidence(randomReportData()), "reading our own quote")
                .slice(TD_MEASUREMENTS_AT, REGISTERS.size() * REGISTER_BYTES);
        List<Bytes> registers = new ArrayList<>();
        for (int i = REGISTERS.size() - RTMRS; i < REGISTERS.size(); i++) {
            registers.add(all.slice(i * REGISTER_BYTES, REGISTER_BYTES));
        }
        return new BootLog(log, replayed, registers);
    }

    private static void requireLine(String message) {
        if (message.isEmpty() || message.chars().anyMatch(c -> c < 0x20 || c > 0x7e)) {
            throw new IllegalArgumentException("a message is one line of printable ASCII");
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
        requireLine(message);
        if (published) {
            throw new IllegalStateException(
                    "the image hash was handed out already and would change; extend RTMR3 before");
        }
        if (kind != Kind.TDX) {
            throw wrongKind("extending RTMR3", kind, Kind.TDX, "SEV-SNP has no registers to extend");
        }
        String name = "rtmr3:sha384";
        Bytes before = register(name);
        Bytes digest = Rtmr.digest(message);
        try {
            files.write(places.measurements.resolve(name), digest.toByteArray());
        } catch (IOException e) {
            throw unreadable("extending RTMR3", e, "a write of 48 bytes", "use Linux 6.16 or later");
        }
        if (!register(name).equals(Rtmr.extend(before, digest))) {
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
            throw wrongKind("making a TDX certificate", kind, Kind.TDX, "use snpIdentity");
        }
        publish();
        Ed25519Key key = Ed25519Key.generate(random);
        return CertificateIdentity.withTdxQuote(key, evidence(reportData(key)), clock, random);
    }

    /**
     * Makes a new key and a certificate with evidence for it, under AMD's roots. See the other method.
     *
     * @param product the product of this machine
     * @param source where chain and list come from, and the certificate if the host gives none
     * @throws GuestException if evidence or certificate cannot be had
     */
    public CertificateIdentity snpIdentity(SnpProduct product, CollateralSource source) throws GuestException {
        return snpIdentity(product, source, SnpTrust.amd());
    }

    /**
     * Makes a new key and a certificate with evidence for it. On SEV-SNP; blocks. The endorsement certificate comes from the host's
     * table, or else from a source, for the level that the report itself states (hazard D12). The evidence is verified as a peer will
     * verify it, so that a wrong certificate shows here and not in the peers' refusals.
     *
     * @param product the product of this machine
     * @param source where chain and list come from, and the certificate if the host gives none that fits
     * @param trust which roots, and whether VLEKs and missing lists are accepted
     * @throws GuestException if evidence or certificate cannot be had; with reason {@code NO_CERTIFICATE} if no certificate is that of
     *     the key that signed the report
     */
    public CertificateIdentity snpIdentity(SnpProduct product, CollateralSource source, SnpTrust trust)
            throws GuestException {
        if (kind != Kind.SEV_SNP) {
            throw wrongKind("making an SEV-SNP certificate", kind, Kind.SEV_SNP, "use tdxIdentity");
        }
        publish();
        Ed25519Key key = Ed25519Key.generate(random);
        ConfigfsTsm.Answer answer = ask(reportData(key));
        Bytes report = answer.out();
        boolean vlek = (report.intLeAt(SNP_KEY_INFO_AT) >> 2 & 7) == 1;
        SnpCollateral collateral = await(source.snp(product, vlek), "getting AMD's chain and list");
        String hosts = "none from the host";
        Optional<Bytes> given = fromHost(answer.aux(), vlek);
        if (given.isPresent()) {
            Bytes pem = PemBlocks.ofCertificate(given.get());
            Optional<AttestationCheck> problem = problem(report, pem, collateral, trust);
            if (problem.isEmpty()) {
                return CertificateIdentity.withSnpReport(key, report, pem, clock, random);
            }
            hosts = "the host's certificate fails " + shown(problem.get());
        }
        if (vlek) {
            throw noCertificate(hosts, "ask the cloud provider: AMD gives VLEK certificates to nobody else");
        }
        VcekRequest request;
        try {
            request = VcekRequest.forReport(product, report);
        } catch (IllegalArgumentException e) {
            throw noCertificate(hosts + "; " + e.getMessage(), "have the host pass the certificate");
        }
        Bytes pem = PemBlocks.ofCertificate(await(source.vcek(request), GETTING));
        Optional<AttestationCheck> problem = problem(report, pem, collateral, trust);
        if (problem.isPresent()) {
            throw noCertificate(
                    hosts + "; the source's fails " + shown(problem.get()),
                    problem.get().nextStep() + "; check that this is a " + product.word());
        }
        return CertificateIdentity.withSnpReport(key, report, pem, clock, random);
    }

    /** The host's certificate; a table that cannot be read counts as none, because AMD has the certificate as well. */
    private static Optional<Bytes> fromHost(Bytes aux, boolean vlek) {
        try {
            SnpCertificateTable table = SnpCertificateTable.parse(aux);
            return vlek ? table.vlek() : table.vcek();
        } catch (GuestException e) {
            LOG.warn("guest: the host's certificate table counts as empty: {}", e.getMessage());
            return Optional.empty();
        }
    }

    private Optional<AttestationCheck> problem(
            Bytes report, Bytes endorsementPem, SnpCollateral collateral, SnpTrust trust) {
        return SnpVerifier.verify(report, endorsementPem, collateral, trust, clock.instant())
                .firstFailure();
    }

    private static String shown(AttestationCheck check) {
        return check.name() + " (" + check.seen() + ")";
    }

    private static GuestException noCertificate(String seen, String nextStep) {
        return new GuestException(
                Reason.NO_CERTIFICATE, GETTING, seen, "the certificate of the key that signed our report", nextStep);
    }

    private <T> T await(CompletionStage<T> stage, String tried) throws GuestException {
        try {
            return stage.toCompletableFuture().get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new GuestException(Reason.LATE, tried, "an interrupt", "an answer", "ask again");
        } catch (TimeoutException e) {
            throw new GuestException(
                    Reason.LATE, tried, "no answer within " + limit, "one", "check the way to AMD's service");
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() != null ? e.getCause() : e;
            throw new GuestException(
                    Reason.NO_CERTIFICATE,
                    tried,
                    String.valueOf(cause.getMessage()),
                    "an answer",
                    "check the way to AMD's service, or put the files into a directory");
        }
    }

    private synchronized void publish() {
        published = true;
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
