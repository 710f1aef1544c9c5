package io.cocoon.ton.channel;

import io.cocoon.payment.Nanoton;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlException;
import io.cocoon.tl.TlReader;
import io.cocoon.tl.TlWriter;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.BagOfCells;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.chain.TransactionId;
import io.cocoon.ton.contract.ContractData;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** All channels of one wallet as bytes, for the disk. Cells are bags; absent ones are empty. */
final class ChannelCodec {

    /** The most channels of one wallet. */
    static final int MAX_CHANNELS = 1024;

    private static final int FORMAT = 1;

    private ChannelCodec() {}

    /**
     * What is on the disk.
     *
     * @param before what was deposited into channels that are over
     * @param channels all others
     */
    record Saved(Nanoton before, List<ClientChannel> channels) {
        Saved {
            channels = List.copyOf(channels);
        }
    }

    static Bytes write(Address wallet, Saved saved) {
        TlWriter out = new TlWriter().writeInt(FORMAT);
        address(out, wallet);
        out.writeLong(saved.before().value()).writeInt(saved.channels().size());
        saved.channels().forEach(channel -> write(out, channel));
        return out.seal();
    }

    private static void write(TlWriter out, ClientChannel channel) {
        address(out, channel.contract());
        cell(out, Optional.of(data(channel.origin())));
        cell(out, channel.code());
        out.writeInt256(channel.seed()).writeInt(channel.wish().ordinal());
        out.writeLong(channel.asked().map(Nanoton::value).orElse(-1L))
                .writeLong(channel.deposited().value())
                .writeLong(channel.returned().value());
        out.writeInt(channel.request().isPresent() ? 1 : 0);
        channel.request().ifPresent(request -> {
            out.writeInt(request.kind().ordinal())
                    .writeLong(request.queryId())
                    .writeLong(request.amount().value());
            cell(out, Optional.of(request.body()));
            out.writeInt(request.sent() ? 1 : 0);
        });
        out.writeInt(channel.number())
                .writeInt(channel.failures())
                .writeLong(channel.notBefore().getEpochSecond())
                .writeLong(channel.position().lt())
                .writeInt256(channel.position().hash());
        out.writeInt(channel.payment().isPresent() ? 1 : 0);
        channel.payment().ifPresent(payment -> {
            out.writeLong(payment.tokens());
            cell(out, Optional.of(payment.body()));
        });
        out.writeLong(channel.outdatedSince().map(Instant::getEpochSecond).orElse(-1L))
                .writeInt(channel.over() ? 1 : 0);
    }

    private static Cell data(ContractData.Client origin) {
        try {
            return origin.toCell();
        } catch (CellException e) {
            throw new IllegalStateException("the data of a client contract holds no codes", e);
        }
    }

    /** Reads them back. @throws TlException if these are no channels, or those of another wallet */
    static Saved read(Address wallet, Bytes bytes) throws TlException {
        TlReader in = new TlReader(bytes);
        int format = in.readInt();
        if (format != FORMAT) {
            throw new TlException("channels of format " + format + ", known is " + FORMAT, in.offset());
        }
        Address whose = address(in);
        if (!whose.equals(wallet)) {
            throw new TlException(
                    "these are the channels of wallet " + whose + ", not of " + wallet
                            + ": each wallet needs a folder of its own",
                    in.offset());
        }
        Nanoton before = amount(in);
        int count = in.readInt();
        if (count < 0 || count > MAX_CHANNELS) {
            throw new TlException("a wallet has at most " + MAX_CHANNELS + " channels, this one " + count, in.offset());
        }
        List<ClientChannel> channels = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            channels.add(channel(in));
        }
        in.expectEnd();
        return new Saved(before, channels);
    }

    private static ClientChannel channel(TlReader in) throws TlException {
        Address contract = address(in);
        ContractData.Client origin;
        try {
            origin = ContractData.Client.read(cell(in));
        } catch (CellException e) {
            throw new TlException("the data of a channel: " + e.getMessage(), in.offset());
        }
        return new ClientChannel(
                contract,
                origin,
                optionalCell(in),
                in.readInt256(),
                one(in, ClientChannel.Wish.values()),
                optionalAmount(in),
                amount(in),
                amount(in),
                flag(in) ? Optional.of(request(in)) : Optional.empty(),
                in.readInt(),
                count(in),
                time(in.readLong(), in),
                new TransactionId(in.readLong(), in.readInt256()),
                flag(in) ? Optional.of(new ClientChannel.Payment(in.readLong(), cell(in))) : Optional.empty(),
                optionalTime(in),
                flag(in));
    }

    private static ClientChannel.Request request(TlReader in) throws TlException {
        return new ClientChannel.Request(
                one(in, ClientChannel.Kind.values()), in.readLong(), amount(in), cell(in), flag(in));
    }

    private static <T> T one(TlReader in, T[] all) throws TlException {
        int index = in.readInt();
        if (index < 0 || index >= all.length) {
            throw new TlException(index + " of " + all.length, in.offset());
        }
        return all[index];
    }

    private static boolean flag(TlReader in) throws TlException {
        return one(in, new Boolean[] {false, true});
    }

    private static int count(TlReader in) throws TlException {
        int count = in.readInt();
        if (count < 0) {
            throw new TlException("a count of " + count, in.offset());
        }
        return count;
    }

    private static Nanoton amount(TlReader in) throws TlException {
        long value = in.readLong();
        if (value < 0) {
            throw new TlException("an amount of " + value, in.offset());
        }
        return new Nanoton(value);
    }

    private static Optional<Nanoton> optionalAmount(TlReader in) throws TlException {
        long value = in.readLong();
        return value < 0 ? Optional.empty() : Optional.of(new Nanoton(value));
    }

    private static Instant time(long seconds, TlReader in) throws TlException {
        if (seconds < 0 || seconds > Instant.MAX.getEpochSecond()) {
            throw new TlException("a time of " + seconds + " s", in.offset());
        }
        return Instant.ofEpochSecond(seconds);
    }

    private static Optional<Instant> optionalTime(TlReader in) throws TlException {
        long seconds = in.readLong();
        return seconds == -1 ? Optional.empty() : Optional.of(time(seconds, in));
    }

    private static void address(TlWriter out, Address address) {
        out.writeInt(address.workchain()).writeInt256(address.hash());
    }

    private static Address address(TlReader in) throws TlException {
        int workchain = in.readInt();
        Int256 hash = in.readInt256();
        try {
            return new Address(workchain, hash);
        } catch (IllegalArgumentException e) {
            throw new TlException("an address: " + e.getMessage(), in.offset());
        }
    }

    private static void cell(TlWriter out, Optional<Cell> cell) {
        out.writeBytes(cell.map(BagOfCells::write).orElse(Bytes.empty()));
    }

    private static Cell cell(TlReader in) throws TlException {
        return optionalCell(in).orElseThrow(() -> new TlException("a cell is missing", in.offset()));
    }

    private static Optional<Cell> optionalCell(TlReader in) throws TlException {
        Bytes bag = in.readBytes();
        if (bag.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(BagOfCells.read(bag));
        } catch (CellException e) {
            throw new TlException("a cell of a channel: " + e.getMessage(), in.offset());
        }
    }
}
