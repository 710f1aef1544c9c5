package io.cocoon.testkit.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import io.cocoon.tee.AttestationCheck;
import io.cocoon.tee.Verification;
import io.cocoon.tee.internal.PemBlocks;
import io.cocoon.tee.internal.RevocationList;
import io.cocoon.tee.tdx.EventLog;
import io.cocoon.tee.tdx.TcbStatus;
import io.cocoon.tee.tdx.TdReport;
import io.cocoon.tee.tdx.TdxAppraisal;
import io.cocoon.tee.tdx.TdxCollateral;
import io.cocoon.tee.tdx.TdxQuote;
import io.cocoon.tee.tdx.TdxQuoteException;
import io.cocoon.tee.tdx.TdxTrust;
import io.cocoon.tee.tdx.TdxVerifier;
import io.cocoon.tee.tdx.VerifiedCollateral;
import io.cocoon.tl.Bytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * TDX and SGX: verification cases, what has to be readable, TDREPORTs, event logs. TEE dossier 3.3, 7, 8.6.
 */
final class TdxKind implements ConformanceKind {

    private static final String CASES = "tdx/cases.json";
    private static final String REPORTS = "tdx/td-report/";
    private static final String LOGS = "tdx/ccel/";
    private static final String LISTS = "tdx/crl/";
    private static final String CHAINS = "tdx/chains/";

    @Override
    public boolean accepts(String path) {
        return path.equals(CASES)
                || path.endsWith("/" + CASES)
                || path.contains(REPORTS)
                || path.contains(LOGS)
                || path.contains("tdx/quotes/genuine/")
                || path.contains(LISTS)
                || path.contains(CHAINS);
    }

    @Override
    public void check(Path root, String path, ConformanceReport report) throws IOException {
        Path file = root.resolve(path);
        if (path.endsWith("cases.json")) {
            Path folder = root.resolve(path.substring(0, path.length() - "cases.json".length()));
            for (JsonNode each : JsonLines.parse(Files.readString(file)).path("cases")) {
                checkCase(folder, path, each, report);
            }
        } else if (path.contains(REPORTS)) {
            report.run(path, "TDREPORT", () -> checkReport(file));
        } else if (path.endsWith("-table.bin")) {
            report.run(path, "CCEL table", () -> {
                EventLog.Table table = EventLog.Table.parse(bytes(file));
                JsonLines.requireEqual(2, table.ccType(), "type of the table");
            });
        } else if (path.contains(LOGS)) {
            report.run(path, "event log", () -> checkLog(file));
        } else if (path.contains(LISTS)) {
            report.run(path, "revocation list", () -> RevocationList.parse(bytes(file)));
        } else if (path.contains(CHAINS)) {
            report.run(
                    path,
                    "certificates",
                    () -> JsonLines.requireEqual(
                            3, PemBlocks.certificates(bytes(file), 3).size(), "certificates"));
        } else {
            report.run(path, "quote", () -> checkQuote(bytes(file)));
        }
    }

    private static void checkCase(Path folder, String path, JsonNode each, ConformanceReport report) {
        Bytes quote;
        TdxCollateral collateral;
        TdxTrust trust;
        try {
            quote = bytes(folder.resolve(each.path("quote").asText()));
            collateral = collateral(folder.resolve(each.path("collateral").asText()));
            trust = TdxTrust.ofCertificate(
                    bytes(folder.resolve(each.path("trustedRoot").asText())));
        } catch (NoSuchFileException e) {
            report.absent(path);
            return;
        } catch (IOException | IllegalArgumentException e) {
            report.run(path, each.path("id").asText(), () -> {
                throw e;
            });
            return;
        }
        Instant time = Instant.parse(each.path("time").asText());
        JsonNode expected = each.path("expect");
        report.run(path, each.path("id").asText(), () -> {
            Verification<TdxAppraisal> cold = TdxVerifier.verify(quote, collateral, trust, time);
            compare(expected, cold);
            Verification<VerifiedCollateral> verified = VerifiedCollateral.verify(collateral, trust, time);
            if (verified.result().isPresent()) {
                Verification<TdxAppraisal> warm =
                        TdxVerifier.verify(quote, verified.result().get(), time);
                JsonLines.requireEqual(cold.checks(), warm.checks(), "checks against collateral verified before");
                JsonLines.requireEqual(cold.expires(), warm.expires(), "end of validity");
            }
        });
    }

    private static void compare(JsonNode expected, Verification<TdxAppraisal> found) {
        Optional<AttestationCheck> failure = found.firstFailure();
        if (expected.path("outcome").asText().equals("rejected")) {
            String code = failure.map(AttestationCheck::code).orElse("verified");
            Set<String> allowed = texts(expected.path("errors"));
            if (!allowed.contains(code)) {
                throw new AssertionError("wanted one of " + allowed + ", found " + code + " " + failure);
            }
            return;
        }
        TdxAppraisal appraisal =
                found.result().orElseThrow(() -> new AssertionError("wanted a verified quote, found " + failure));
        JsonLines.requireEqual(
                expected.path("status").asText(), appraisal.status().word(), "status");
        JsonLines.requireEqual(
                expected.path("platformStatus").asText(),
                appraisal.platformStatus().word(),
                "platform status");
        JsonLines.requireEqual(
                word(expected.path("moduleStatus")), appraisal.moduleStatus().map(TcbStatus::word), "module status");
        JsonLines.requireEqual(
                expected.path("qeStatus").asText(), appraisal.qeStatus().word(), "QE status");
        JsonLines.requireEqual(
                word(expected.path("currentStatus")), appraisal.currentStatus().map(TcbStatus::word), "current status");
        JsonLines.requireEqual(List.copyOf(texts(expected.path("advisoryIds"))), appraisal.advisoryIds(), "advisories");
        JsonLines.requireEqual(
                Instant.parse(expected.path("tcbDate").asText()), appraisal.tcbDate(), "date of the TCB");
        Set<String> findings = new TreeSet<>();
        appraisal.findings().forEach(finding -> findings.add(finding.name()));
        JsonLines.requireEqual(texts(expected.path("tdPolicy")), findings, "findings");
        JsonLines.requireEqual(expected.path("trailingBytes").asInt(), appraisal.trailingBytes(), "bytes behind");
    }

    private static Optional<String> word(JsonNode value) {
        return value.isTextual() ? Optional.of(value.textValue()) : Optional.empty();
    }

    private static Set<String> texts(JsonNode list) {
        Set<String> texts = new TreeSet<>();
        list.forEach(each -> texts.add(each.asText()));
        return texts;
    }

    /** A quote of real hardware: readable, and its own bytes alone give the same quote. */
    private static void checkQuote(Bytes bytes) throws TdxQuoteException {
        TdxQuote quote = TdxQuote.parse(bytes);
        quote.pck();
        TdxQuote again = TdxQuote.parse(quote.canonical());
        JsonLines.requireEqual(0, again.trailingBytes(), "bytes behind the canonical quote");
        JsonLines.requireEqual(quote.imageHash(), again.imageHash(), "image hash");
        JsonLines.requireEqual(quote.canonical(), again.canonical(), "canonical quote");
    }

    /** The good ones are named after their version, the broken ones after what is broken. */
    private static void checkReport(Path file) throws IOException, TdxQuoteException {
        String name = file.getFileName().toString();
        if (name.startsWith("td-report-v")) {
            TdReport report = TdReport.parse(bytes(file));
            JsonLines.requireEqual("td-report-v" + report.version() + ".bin", name, "version");
            JsonLines.requireEqual(true, report.hashesMatch(), "whether the inner hashes fit");
            return;
        }
        try {
            TdReport.parse(bytes(file));
        } catch (TdxQuoteException e) {
            return;
        }
        throw new AssertionError("a broken report was read");
    }

    /** Its replay has to give RTMR0 to RTMR2 of a genuine quote of the suite, whose file begins alike. */
    private static void checkLog(Path file) throws IOException, TdxQuoteException {
        List<Bytes> registers = EventLog.parse(bytes(file)).replay();
        String vm = file.getFileName().toString().replaceFirst("-ccel-data\\.bin$", "");
        List<Bytes> wanted = new ArrayList<>();
        Path quotes = file.resolve("../../quotes/genuine").normalize();
        if (!Files.isDirectory(quotes)) {
            return;
        }
        try (var files = Files.list(quotes)) {
            for (Path quote :
                    files.filter(each -> each.toString().endsWith(vm + ".bin")).toList()) {
                wanted.addAll(TdxQuote.parse(bytes(quote))
                        .td()
                        .orElseThrow()
                        .measurements()
                        .rtmrs());
            }
        }
        if (!wanted.isEmpty()) {
            JsonLines.requireEqual(hex(wanted.subList(0, 3)), hex(registers.subList(0, 3)), "RTMR0 to RTMR2");
        }
    }

    private static List<String> hex(List<Bytes> values) {
        return values.stream().map(Bytes::toHex).toList();
    }

    static TdxCollateral collateral(Path file) throws IOException {
        JsonNode json = JsonLines.parse(Files.readString(file));
        return new TdxCollateral(
                text(json, "pck_crl_issuer_chain"),
                JsonLines.hex(json, "root_ca_crl"),
                JsonLines.hex(json, "pck_crl"),
                text(json, "tcb_info_issuer_chain"),
                text(json, "tcb_info"),
                JsonLines.hex(json, "tcb_info_signature"),
                text(json, "qe_identity_issuer_chain"),
                text(json, "qe_identity"),
                JsonLines.hex(json, "qe_identity_signature"));
    }

    private static Bytes text(JsonNode json, String member) {
        return Bytes.utf8(json.path(member).asText());
    }

    private static Bytes bytes(Path file) throws IOException {
        return Bytes.wrapUnshared(Files.readAllBytes(file));
    }
}
