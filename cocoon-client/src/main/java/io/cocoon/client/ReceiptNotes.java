package io.cocoon.client;

import io.cocoon.client.receipt.Receipt;
import io.cocoon.client.receipt.ReceiptFolder;
import io.cocoon.client.receipt.SaltedHash;
import io.cocoon.payment.Prices;
import io.cocoon.tl.Bytes;
import io.cocoon.ton.cell.Address;
import io.cocoon.transport.PeerIdentity;
import io.cocoon.transport.PeerReport;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a receipt needs and is gone when the request is over: hashes instead of bodies, and what was signed before. Thread-safe. */
final class ReceiptNotes {

    /** A receipt with what lies beside it. */
    record Written(Receipt receipt, byte[] salt, Optional<String> report) {}

    private final byte[] salt;
    private final Receipt.Body request;
    private final SaltedHash answer;
    private final Prepared asked;

    private @Nullable Sent sent;

    private record Sent(
            ProxyAccount account,
            PeerIdentity peer,
            Address root,
            long rootVersion,
            Prices prices,
            boolean sealed,
            Optional<Receipt.Payment> before) {}

    ReceiptNotes(Prepared asked, byte[] salt) {
        this.asked = asked;
        this.salt = salt;
        SaltedHash hash = new SaltedHash(salt);
        add(hash, asked.given());
        this.request = hash.finish();
        this.answer = new SaltedHash(salt);
    }

    private static void add(SaltedHash hash, Bytes piece) {
        hash.add(piece.unsafeArray(), piece.unsafeOffset(), piece.length());
    }

    /** An attempt goes out; the last one is what the receipt is of. */
    synchronized void sent(ProxyLink link, Address root, long rootVersion, Prices prices, boolean sealed) {
        sent = new Sent(
                link.account(),
                link.attestation().identity(),
                root,
                rootVersion,
                prices,
                sealed,
                link.account().signedPayment());
    }

    /** A piece of the clear answer was read. */
    synchronized void piece(Bytes piece) {
        add(answer, piece);
    }

    /** Returns the receipt; empty if nothing was sent, or nothing was charged and no answer came. */
    synchronized Optional<Written> write(FinishedRequest finished) {
        Sent last = sent;
        Bill bill = finished.bill().orElse(null);
        if (last == null || bill == null || (bill.total().value() == 0 && finished.httpStatus() == 0)) {
            return Optional.empty();
        }
        PeerIdentity peer = last.peer();
        Optional<String> report = peer.report().map(PeerReport::toJson);
        ProxyAccount account = last.account();
        Receipt receipt = new Receipt(
                finished.id(),
                new Receipt.Measured(
                        finished.startedAt(),
                        finished.elapsed(),
                        finished.path(),
                        finished.model(),
                        finished.httpStatus(),
                        finished.failure().isEmpty(),
                        last.sealed(),
                        asked.maxCoefficient(),
                        request,
                        answer.finish(),
                        new Receipt.Evidence(
                                peer.kind().name(),
                                peer.source() == PeerIdentity.Source.ROUTER,
                                peer.imageHash(),
                                report.map(ReceiptFolder::hashOf))),
                bill.usage(),
                new Receipt.Charge(
                        bill.adjusted(),
                        bill.total(),
                        bill.status().name(),
                        bill.totals().charged(),
                        bill.dispute().map(Dispute::claim)),
                new Receipt.Terms(last.root(), last.rootVersion(), last.prices()),
                new Receipt.Account(
                        account.proxy(), account.proxyContract(), account.clientContract(), account.proxyKey()),
                last.before(),
                account.signedPayment(),
                Optional.empty());
        return Optional.of(new Written(receipt, salt.clone(), report));
    }
}
