package io.cocoon.worker;

import io.cocoon.payment.Nanoton;
import io.cocoon.payment.PaymentException;
import io.cocoon.payment.PaymentTotals;
import io.cocoon.payment.SignedPayments;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.TlException;
import io.cocoon.tl.TlReader;
import io.cocoon.tl.TlWriter;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.BagOfCells;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.chain.TransactionId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Records as bytes, for the disk. Reading checks every payment's signature, so that what is read can be shown to anybody. */
final class ProxyRecordCodec {

    private static final int FORMAT = 1;
    private static final long MAX_DELAY_SECONDS = 0xffff_ffffL;

    private ProxyRecordCodec() {}

    static Bytes write(List<ProxyRecord> records) {
        TlWriter out = new TlWriter().writeInt(FORMAT).writeInt(records.size());
        for (ProxyRecord each : records) {
            terms(out, each.terms());
            PaymentTotals totals = each.totals();
            out.writeLong(totals.signed())
                    .writeLong(totals.db())
                    .writeLong(totals.max())
                    .writeBytes(totals.newest())
                    .writeLong(each.writtenOff())
                    .writeBytes(each.contradiction());
            payout(out, each.payout());
        }
        return out.seal();
    }

    private static void terms(TlWriter out, ProxyTerms terms) {
        address(out, terms.contract());
        address(out, terms.proxyContract());
        out.writeInt256(terms.proxyKey())
                .writeInt(terms.paramsVersion())
                .writeLong(terms.price().value())
                .writeLong(terms.fee().value())
                .writeLong(terms.clientDelay().toSeconds())
                .writeBytes(terms.init());
    }

    private static void payout(TlWriter out, Payout payout) {
        out.writeLong(payout.paid()).writeBool(payout.seen().isPresent());
        payout.seen().ifPresent(seen -> out.writeLong(seen.lt()).writeInt256(seen.hash()));
        out.writeBool(payout.request().isPresent());
        payout.request().ifPresent(request -> {
            out.writeInt(request.kind().ordinal())
                    .writeLong(request.total())
                    .writeBytes(request.payment())
                    .writeInt(request.attempt())
                    .writeBool(request.sent());
            time(out, request.since());
        });
        out.writeInt(payout.failures()).writeLong(payout.notBefore().toEpochMilli());
        time(out, payout.outdatedSince());
        out.writeString(payout.problem());
    }

    /** Reads them back. @throws TlException if they are anything else than records */
    static List<ProxyRecord> read(Bytes bytes) throws TlException {
        TlReader in = new TlReader(bytes);
        int format = in.readInt();
        if (format != FORMAT) {
            throw new TlException("records of format " + format + ", known is " + FORMAT, in.offset());
        }
        int count = in.readInt();
        if (count < 0 || count > ProxyAccounts.MOST) {
            throw new TlException(
                    "at most " + ProxyAccounts.MOST + " records are kept, these are " + count, in.offset());
        }
        List<ProxyRecord> records = new ArrayList<>();
        Set<Address> contracts = new HashSet<>();
        for (int i = 0; i < count; i++) {
            ProxyRecord each = record(in);
            if (!contracts.add(each.terms().contract())) {
                throw new TlException("two records of contract " + each.terms().contract(), in.offset());
            }
            records.add(each);
        }
        in.expectEnd();
        return records;
    }

    private static ProxyRecord record(TlReader in) throws TlException {
        ProxyTerms terms = new ProxyTerms(
                address(in),
                address(in),
                in.readInt256(),
                in.readInt(),
                new Nanoton(notNegative(in)),
                new Nanoton(notNegative(in)),
                delay(in),
                bag(in));
        long signed = in.readLong();
        long db = in.readLong();
        long max = in.readLong();
        Bytes newest = in.readBytes();
        if (signed < 0 || signed > db || db > max) {
            throw new TlException("totals of " + signed + ", " + db + ", " + max, in.offset());
        }
        requirePayment(in, terms, newest, signed);
        return new ProxyRecord(
                terms, new PaymentTotals(signed, db, max, newest), notNegative(in), in.readBytes(), payout(in, terms));
    }

    private static Payout payout(TlReader in, ProxyTerms terms) throws TlException {
        long paid = notNegative(in);
        Optional<TransactionId> seen =
                in.readBool() ? Optional.of(new TransactionId(in.readLong(), in.readInt256())) : Optional.empty();
        Optional<PayoutRequest> request = in.readBool() ? Optional.of(request(in, terms)) : Optional.empty();
        return new Payout(
                paid,
                seen,
                request,
                (int) notNegative(in.readInt(), in),
                Instant.ofEpochMilli(in.readLong()),
                time(in),
                in.readString());
    }

    private static PayoutRequest request(TlReader in, ProxyTerms terms) throws TlException {
        int kind = in.readInt();
        if (kind < 0 || kind >= PayoutRequest.Kind.values().length) {
            throw new TlException("a request of kind " + kind, in.offset());
        }
        long total = notNegative(in);
        Bytes payment = in.readBytes();
        if (PayoutRequest.Kind.values()[kind] == PayoutRequest.Kind.PAYOUT && payment.isEmpty()) {
            throw new TlException("a payout without a payment", in.offset());
        }
        requirePayment(in, terms, payment, total);
        return new PayoutRequest(
                PayoutRequest.Kind.values()[kind],
                total,
                payment,
                (int) notNegative(in.readInt(), in),
                in.readBool(),
                time(in));
    }

    private static void requirePayment(TlReader in, ProxyTerms terms, Bytes payment, long tokens) throws TlException {
        try {
            long stated = payment.isEmpty()
                    ? 0
                    : SignedPayments.check(
                            payment, SignedPayments.Kind.WORKER_PAYOUT, terms.contract(), terms.proxyKey());
            if (stated != tokens) {
                throw new TlException("a payment states " + stated + " tokens, wanted " + tokens, in.offset());
            }
        } catch (PaymentException e) {
            throw new TlException(String.valueOf(e.getMessage()), in.offset());
        }
    }

    private static long notNegative(TlReader in) throws TlException {
        return notNegative(in.readLong(), in);
    }

    private static long notNegative(long value, TlReader in) throws TlException {
        if (value < 0) {
            throw new TlException("a number that is 0 or more is " + value, in.offset());
        }
        return value;
    }

    private static Duration delay(TlReader in) throws TlException {
        long seconds = notNegative(in);
        if (seconds > MAX_DELAY_SECONDS) {
            throw new TlException("a delay of " + seconds + " s, at most 2^32-1 are possible", in.offset());
        }
        return Duration.ofSeconds(seconds);
    }

    private static Bytes bag(TlReader in) throws TlException {
        Bytes bag = in.readBytes();
        try {
            BagOfCells.read(bag);
        } catch (CellException e) {
            throw new TlException("what a contract begins with: " + e.getMessage(), in.offset());
        }
        return bag;
    }

    private static void time(TlWriter out, Optional<Instant> time) {
        out.writeBool(time.isPresent());
        time.ifPresent(known -> out.writeLong(known.toEpochMilli()));
    }

    private static Optional<Instant> time(TlReader in) throws TlException {
        return in.readBool() ? Optional.of(Instant.ofEpochMilli(in.readLong())) : Optional.empty();
    }

    private static void address(TlWriter out, Address address) {
        out.writeInt(address.workchain()).writeInt256(address.hash());
    }

    private static Address address(TlReader in) throws TlException {
        int workchain = in.readInt();
        if (workchain != (byte) workchain) {
            throw new TlException("an address in workchain " + workchain, in.offset());
        }
        return new Address(workchain, in.readInt256());
    }
}
