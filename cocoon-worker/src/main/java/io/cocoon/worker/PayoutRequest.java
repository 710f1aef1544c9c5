package io.cocoon.worker;

import io.cocoon.payment.Nanoton;
import io.cocoon.payment.PaymentException;
import io.cocoon.payment.SignedPayments;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlWriter;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.BagOfCells;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.wallet.Order;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Optional;

/**
 * What a worker contract was asked for and has not yet done.
 *
 * @param kind what is asked
 * @param total that is to be paid; 0 for a deployment
 * @param payment that states it; empty for a deployment
 * @param attempt makes a new order of each attempt
 * @param sent whether the wallet has sent it
 * @param since the chain's clock when it was first seen that it was sent
 */
record PayoutRequest(Kind kind, long total, Bytes payment, int attempt, boolean sent, Optional<Instant> since) {

    /** Stays in the contract and pays its rent for years (dossier 8.4, H13). */
    static final Nanoton DEPLOY_VALUE = Nanoton.ofTon("0.3");

    /** Comes back but for the fees. With little more than 0.1 TON the proxy's contract may run out of gas, and the tokens are gone (H2). */
    static final Nanoton PAYOUT_VALUE = Nanoton.ofTon("0.5");

    /** What the contract is asked to do. */
    enum Kind {
        /** To exist. */
        DEPLOY,
        /** To pay. */
        PAYOUT
    }

    /** Returns whether the contract says that it is done. */
    boolean doneAt(PayoutLook.Worker worker) {
        return kind == Kind.DEPLOY ? worker.exists() : worker.state().tokensPaid() >= total;
    }

    /** Returns what the wallet is to send. */
    Order order(ProxyTerms terms, Address wallet) {
        return kind == Kind.DEPLOY
                ? new Order(
                        id(terms.contract()),
                        terms.contract(),
                        DEPLOY_VALUE,
                        Optional.of(cell(terms.init())),
                        Optional.empty())
                : new Order(
                        id(terms.contract()),
                        terms.contract(),
                        PAYOUT_VALUE,
                        Optional.empty(),
                        Optional.of(body(wallet)));
    }

    /** Names the order: the same after a crash, another one for the next attempt. */
    Int256 id(Address contract) {
        Bytes named = new TlWriter()
                .writeString("cocoon worker " + kind)
                .writeInt(contract.workchain())
                .writeInt256(contract.hash())
                .writeLong(total)
                .writeInt(attempt)
                .seal();
        try {
            return Int256.of(MessageDigest.getInstance("SHA-256").digest(named.toByteArray()));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** The payment, with what is left of its value going to our own wallet (dossier 5.5). */
    Cell body(Address wallet) {
        try {
            return cell(SignedPayments.repack(payment, wallet));
        } catch (PaymentException e) {
            throw new IllegalStateException("a payment that was checked has lost its shape", e);
        }
    }

    private static Cell cell(Bytes bag) {
        try {
            return BagOfCells.read(bag);
        } catch (CellException e) {
            throw new IllegalStateException("a bag of cells that was checked cannot be read", e);
        }
    }
}
