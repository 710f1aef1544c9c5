package io.cocoon.ton.wallet;

import io.cocoon.payment.Nanoton;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.TlException;
import io.cocoon.tl.TlReader;
import io.cocoon.tl.TlWriter;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.BagOfCells;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.chain.TransactionId;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** An outbox as bytes, for the disk. Cells are bags; absent ones are empty. */
final class OutboxCodec {

    private static final int FORMAT = 1;

    private OutboxCodec() {}

    static Bytes write(Address wallet, Outbox outbox) {
        TlWriter out = new TlWriter().writeInt(FORMAT);
        address(out, wallet);
        out.writeInt(outbox.waiting().size());
        for (Order order : outbox.waiting()) {
            out.writeInt256(order.id());
            address(out, order.to());
            out.writeLong(order.value().value());
            cell(out, order.init());
            cell(out, order.body());
        }
        out.writeInt(outbox.sent().size());
        for (Outbox.Sent sent : outbox.sent()) {
            out.writeInt256(sent.order())
                    .writeLong(sent.by().lt())
                    .writeInt256(sent.by().hash());
        }
        out.writeInt(outbox.flights().size());
        for (Outbox.Flight flight : outbox.flights()) {
            out.writeInt(flight.seqno())
                    .writeLong(flight.validUntil().getEpochSecond())
                    .writeInt256(flight.bodyHash());
            cell(out, Optional.of(flight.message()));
            out.writeInt(flight.orders())
                    .writeLong(flight.sentAt().toEpochMilli())
                    .writeInt(flight.failed() ? 1 : 0);
        }
        out.writeInt(outbox.seen().isPresent() ? 1 : 0);
        outbox.seen().ifPresent(seen -> out.writeLong(seen.lt()).writeInt256(seen.hash()));
        return out.writeInt(outbox.failures())
                .writeLong(outbox.notBefore().toEpochMilli())
                .seal();
    }

    /** Reads it back. @throws TlException if it is no outbox, or that of another wallet */
    static Outbox read(Address wallet, Bytes bytes) throws TlException {
        TlReader in = new TlReader(bytes);
        try {
            return read(wallet, in);
        } catch (IllegalArgumentException | DateTimeException e) {
            throw new TlException("a value in an outbox is out of its range: " + e.getMessage(), in.offset());
        }
    }

    private static Outbox read(Address wallet, TlReader in) throws TlException {
        int format = in.readInt();
        if (format != FORMAT) {
            throw new TlException("an outbox of format " + format + ", known is " + FORMAT, in.offset());
        }
        Address whose = address(in);
        if (!whose.equals(wallet)) {
            throw new TlException(
                    "this is the outbox of wallet " + whose + ", not of " + wallet
                            + ": each wallet needs a folder of its own",
                    in.offset());
        }
        int count = in.readInt();
        if (count < 0 || count > Outbox.MAX_WAITING) {
            throw new TlException(
                    "an outbox has at most " + Outbox.MAX_WAITING + " orders, this one " + count, in.offset());
        }
        List<Order> waiting = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            waiting.add(new Order(
                    in.readInt256(), address(in), new Nanoton(in.readLong()), optionalCell(in), optionalCell(in)));
        }
        int remembered = in.readInt();
        if (remembered < 0 || remembered > Outbox.MAX_SENT) {
            throw new TlException(
                    "an outbox remembers at most " + Outbox.MAX_SENT + " orders, this one " + remembered, in.offset());
        }
        List<Outbox.Sent> sent = new ArrayList<>();
        for (int i = 0; i < remembered; i++) {
            sent.add(new Outbox.Sent(in.readInt256(), new TransactionId(in.readLong(), in.readInt256())));
        }
        int flying = in.readInt();
        if (flying < 0 || flying > Outbox.MAX_FLIGHTS) {
            throw new TlException(
                    "an outbox has at most " + Outbox.MAX_FLIGHTS + " messages, this one " + flying, in.offset());
        }
        List<Outbox.Flight> flights = new ArrayList<>();
        for (int i = 0; i < flying; i++) {
            flights.add(flight(in, count));
        }
        Optional<TransactionId> seen =
                in.readInt() != 0 ? Optional.of(new TransactionId(in.readLong(), in.readInt256())) : Optional.empty();
        Outbox outbox = new Outbox(waiting, sent, flights, seen, in.readInt(), Instant.ofEpochMilli(in.readLong()));
        in.expectEnd();
        return outbox;
    }

    private static Outbox.Flight flight(TlReader in, int waiting) throws TlException {
        Outbox.Flight flight = new Outbox.Flight(
                in.readInt(),
                Instant.ofEpochSecond(in.readLong()),
                in.readInt256(),
                optionalCell(in).orElseThrow(() -> new TlException("a flight without a message", in.offset())),
                in.readInt(),
                Instant.ofEpochMilli(in.readLong()),
                in.readInt() != 0);
        if (flight.orders() < 1 || flight.orders() > waiting) {
            throw new TlException("a message holds " + flight.orders() + " of " + waiting + " orders", in.offset());
        }
        return flight;
    }

    private static void address(TlWriter out, Address address) {
        out.writeInt(address.workchain()).writeInt256(address.hash());
    }

    private static Address address(TlReader in) throws TlException {
        return new Address(in.readInt(), in.readInt256());
    }

    private static void cell(TlWriter out, Optional<Cell> cell) {
        out.writeBytes(cell.map(BagOfCells::write).orElse(Bytes.empty()));
    }

    private static Optional<Cell> optionalCell(TlReader in) throws TlException {
        Bytes bag = in.readBytes();
        if (bag.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(BagOfCells.read(bag));
        } catch (CellException e) {
            throw new TlException("a cell of an outbox: " + e.getMessage(), in.offset());
        }
    }
}
