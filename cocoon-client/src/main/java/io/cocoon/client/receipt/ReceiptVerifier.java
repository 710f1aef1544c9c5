package io.cocoon.client.receipt;

import io.cocoon.client.receipt.ReceiptReport.Check;
import io.cocoon.client.receipt.ReceiptReport.Outcome;
import io.cocoon.payment.Nanoton;
import io.cocoon.payment.PayerChecks;
import io.cocoon.payment.PaymentException;
import io.cocoon.payment.SignedPayments;
import io.cocoon.protocol.TokensUsed;
import io.cocoon.tl.Int256;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Checks a receipt file without the network. The file and all beside it may come from anybody. */
public final class ReceiptVerifier {

    private static final int MAX_SALT_FILE = 64;

    private final Receipt receipt;
    private final List<Check> checks = new ArrayList<>();

    private ReceiptVerifier(Receipt receipt) {
        this.receipt = receipt;
    }

    /**
     * Verifies a receipt and what lies beside it: the report of the evidence, and the receipt before it.
     *
     * @throws ReceiptException if it is no receipt of a version that is known here
     * @throws IOException if it cannot be read
     */
    public static ReceiptReport verify(Path file) throws IOException {
        return verify(file, Optional.empty(), Optional.empty());
    }

    /**
     * Also compares the bodies of request and answer with the receipt, which needs the salt that lies beside it.
     *
     * @param request the exact body that was sent, if it is to be compared
     * @param answer the exact body of the answer
     */
    public static ReceiptReport verify(Path file, Optional<byte[]> request, Optional<byte[]> answer)
            throws IOException {
        ReceiptVerifier verifier = new ReceiptVerifier(ReceiptCodec.read(bounded(file, ReceiptCodec.MAX_BYTES + 1)));
        verifier.charge();
        verifier.payments();
        verifier.evidence(file);
        verifier.bodies(file, request, answer);
        verifier.previous(file);
        return new ReceiptReport(verifier.receipt, verifier.checks);
    }

    private void charge() {
        TokensUsed used = receipt.charge().adjusted();
        // A cancelled request may have a charge and no kinds.
        boolean kinds = used.promptTokensUsed() != 0
                || used.cachedTokensUsed() != 0
                || used.completionTokensUsed() != 0
                || used.reasoningTokensUsed() != 0;
        try {
            if (kinds) {
                PayerChecks.checkBill(used);
            }
            Nanoton made = receipt.terms().prices().perToken().times(used.totalTokensUsed());
            check(
                    "charge.amount",
                    made.equals(receipt.charge().total()),
                    used.totalTokensUsed() + " adjusted tokens make " + made + ", "
                            + receipt.charge().total() + " were charged");
        } catch (PaymentException | ArithmeticException e) {
            check("charge.amount", false, String.valueOf(e.getMessage()));
        }
        if (receipt.usage().isEmpty()) {
            notProven("charge.usage", "the answer counted no tokens; the amount is the proxy's word");
            return;
        }
        try {
            PayerChecks.checkBill(
                    used,
                    receipt.usage().get(),
                    receipt.measured().maxPriceFactor(),
                    receipt.terms().prices());
            check(
                    "charge.usage",
                    true,
                    "not more than " + receipt.usage().get() + " cost at the highest price factor that was allowed");
        } catch (PaymentException e) {
            check("charge.usage", false, String.valueOf(e.getMessage()));
        }
        notProven("usage", "how many tokens there were is the worker's word, in the answer that the hash is of");
        receipt.charge().dispute().ifPresent(text -> check("charge.dispute", false, text));
    }

    private void payments() {
        receipt.before().ifPresent(each -> payment("payment.before", each));
        receipt.after().ifPresent(each -> payment("payment.after", each));
        long before = receipt.before().map(Receipt.Payment::tokens).orElse(0L);
        if (receipt.after().isEmpty()) {
            notProven("payment.after", "the proxy had signed nothing yet; what it charged is its word");
        } else {
            long after = receipt.after().get().tokens();
            check("payment.order", after >= before, "signed " + before + " before, " + after + " after");
            long total = receipt.charge().runningTotal();
            if (after >= total) {
                check("payment.covers", true, "signed are " + after + " tokens of the contract, charged were " + total);
            } else {
                notProven(
                        "payment.covers",
                        "signed are " + after + " of " + total
                                + " tokens: the rest of the charge is the proxy's word until it signs again; a later receipt shows it");
            }
        }
        notProven(
                "payment.key",
                "that key " + receipt.account().proxyKey().toHex()
                        + " is the proxy's was checked when it connected: contract "
                        + receipt.account().proxyContract() + " on the chain says it");
    }

    private void payment(String name, Receipt.Payment payment) {
        try {
            long tokens = SignedPayments.check(
                    payment.cell(),
                    SignedPayments.Kind.CLIENT_CHARGE,
                    receipt.account().clientContract(),
                    receipt.account().proxyKey());
            check(
                    name,
                    tokens == payment.tokens(),
                    "signed by the proxy: " + tokens + " tokens of "
                            + receipt.account().clientContract()
                            + (tokens == payment.tokens() ? "" : "; the receipt says " + payment.tokens()));
        } catch (PaymentException e) {
            check(name, false, String.valueOf(e.getMessage()));
        }
    }

    private void evidence(Path file) throws IOException {
        Receipt.Evidence evidence = receipt.measured().evidence();
        String what = evidence.kind()
                + (evidence.imageHash().isZero()
                        ? ""
                        : ", image " + evidence.imageHash().toHex());
        if (evidence.report().isEmpty()) {
            notProven("evidence", what + (evidence.byRouter() ? ", as a router said" : ", no report"));
            return;
        }
        Int256 wanted = evidence.report().get();
        Path report = file.resolveSibling(ReceiptFolder.EVIDENCE).resolve(wanted.toHex() + ReceiptFolder.REPORT);
        try {
            Int256 found = Hashes.of(bounded(report, ReceiptFolder.MAX_REPORT + 1));
            check(
                    "evidence.report",
                    found.equals(wanted),
                    found.equals(wanted) ? "the report is the one of then" : "the report was changed");
        } catch (NoSuchFileException e) {
            notProven("evidence.report", "the file " + report.getFileName() + " is not there");
        }
        notProven(
                "evidence",
                what
                        + ": judged by the client when it connected. To judge again, keep a bundle: verify HOST:PORT --save-bundle");
    }

    private void bodies(Path file, Optional<byte[]> request, Optional<byte[]> answer) throws IOException {
        if (request.isEmpty() && answer.isEmpty()) {
            notProven("bodies", "hashes are there; give request and answer to compare them");
            return;
        }
        byte[] salt;
        try {
            salt = bounded(ReceiptFolder.saltOf(file), MAX_SALT_FILE);
        } catch (NoSuchFileException e) {
            notProven("bodies", "the salt " + e.getFile() + " is not there, so hashes cannot be compared");
            return;
        }
        request.ifPresent(
                bytes -> body("request", salt, bytes, receipt.measured().request()));
        answer.ifPresent(bytes -> body("answer", salt, bytes, receipt.measured().answer()));
    }

    private void body(String name, byte[] salt, byte[] bytes, Receipt.Body wanted) {
        SaltedHash hash = new SaltedHash(salt);
        hash.add(bytes, 0, bytes.length);
        check(
                name,
                hash.finish().equals(wanted),
                bytes.length + " bytes, in the receipt " + wanted.bytes()
                        + (hash.finish().equals(wanted) ? "" : ": not the same"));
    }

    private void previous(Path file) throws IOException {
        Optional<Path> before = ReceiptFolder.before(file);
        if (receipt.previous().isEmpty()) {
            notProven("chain", "the first of its folder");
        } else if (before.isEmpty()) {
            notProven("chain", "the receipt before it is not there, by retention or because somebody took it");
        } else {
            boolean same = Hashes.of(bounded(before.get(), ReceiptCodec.MAX_BYTES + 1))
                    .equals(receipt.previous().get());
            check(
                    "chain",
                    same,
                    same
                            ? "follows " + before.get().getFileName()
                            : before.get().getFileName() + " was changed or exchanged");
        }
    }

    private static byte[] bounded(Path file, int most) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return in.readNBytes(most);
        }
    }

    private void check(String name, boolean passed, String seen) {
        checks.add(new Check(name, passed ? Outcome.PASSED : Outcome.FAILED, seen));
    }

    private void notProven(String name, String why) {
        checks.add(new Check(name, Outcome.NOT_PROVEN, why));
    }
}
