package io.cocoon.worker;

import io.cocoon.payment.PaymentException;
import io.cocoon.protocol.SignedPayment;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;

/**
 * What this worker knows about its earnings at one proxy: three totals of adjusted tokens, {@code signed ≤ database ≤
 * finished}, and the newest signed payment. Outlives connections, not the process (wire dossier, section 7).
 *
 * <p>Thread-safe.
 */
final class ProxyAccount {

    private final Address contract;
    private final Int256 proxyKey;
    private final ChainRules rules;

    private Bytes payment = Bytes.empty();
    private long signed;
    private long database;
    private long finished;
    private long writtenOff;

    ProxyAccount(Address contract, Int256 proxyKey, ChainRules rules) {
        this.contract = contract;
        this.proxyKey = proxyKey;
        this.rules = rules;
    }

    /** One consistent view. */
    record Totals(long signed, long database, long finished, long writtenOff) {}

    synchronized Totals totals() {
        return new Totals(signed, database, finished, writtenOff);
    }

    /** Returns the newest valid payment, empty if there is none: what a payout is claimed with. */
    synchronized Bytes payment() {
        return payment;
    }

    Address contract() {
        return contract;
    }

    Int256 proxyKey() {
        return proxyKey;
    }

    /** Keeps a payment if it is valid and newer. */
    synchronized void offer(SignedPayment offered) throws PaymentException {
        if (offered instanceof SignedPayment.Signed some) {
            // The proxy repeats one payment until it signs the next, after half a minute; a signature is checked once.
            if (!some.data().equals(payment)) {
                long total = rules.paidTokens(some.data(), contract, proxyKey);
                if (total > signed || payment.isEmpty()) {
                    keep(some.data(), total);
                }
            }
        }
    }

    /**
     * Takes a payment and the two other totals; none may be missing, invalid or lower than what is known. On an exception
     * nothing has changed.
     */
    synchronized void advance(SignedPayment offered, long newDatabase, long newFinished) throws PaymentException {
        checkPaymentAndDatabase(offered, newDatabase);
        if (newFinished < finished) {
            throw new PaymentException("the proxy's total fell to " + newFinished + " tokens; this worker knows "
                    + finished + ", so the proxy has lost work that it owes");
        }
        store(offered, newDatabase, newFinished);
    }

    /**
     * The comparison of the handshake (wire dossier 5.4, step 4): as {@link #advance}, but a lower total is a question,
     * not an end.
     *
     * @return whether the proxy's total is at least the known one
     */
    synchronized boolean compare(SignedPayment offered, long newDatabase, long newFinished) throws PaymentException {
        checkPaymentAndDatabase(offered, newDatabase);
        boolean enough = newFinished >= finished;
        store(offered, newDatabase, Math.max(newFinished, finished));
        return enough;
    }

    /**
     * Accepts that the proxy remembers less: what it had only in memory when it ended. What it signed or wrote to its
     * database is never given up. Without this, a worker could not return to a restarted proxy (hazard H11).
     *
     * @return tokens given up
     */
    synchronized long writeOff(long proxyTotal) {
        long target = Math.max(proxyTotal, database);
        long lost = Math.max(0, finished - target);
        finished -= lost;
        writtenOff += lost;
        return lost;
    }

    private void checkPaymentAndDatabase(SignedPayment offered, long newDatabase) throws PaymentException {
        if (!(offered instanceof SignedPayment.Signed some)) {
            throw new PaymentException("a signed payment is missing");
        }
        if (!some.data().equals(payment)) {
            long total = rules.paidTokens(some.data(), contract, proxyKey);
            if (total < signed) {
                throw new PaymentException("tokens_committed_to_blockchain is too low: the payment is for " + total
                        + " tokens, an earlier one was for " + signed);
            }
        }
        if (newDatabase < database) {
            throw new PaymentException("tokens_committed_to_db is too low: " + newDatabase + ", it was " + database);
        }
    }

    private void store(SignedPayment offered, long newDatabase, long newFinished) throws PaymentException {
        offer(offered);
        database = newDatabase;
        finished = newFinished;
    }

    private void keep(Bytes newPayment, long total) {
        payment = newPayment;
        signed = total;
    }
}
