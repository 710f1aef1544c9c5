package io.cocoon.testkit.chain;

import io.cocoon.payment.Nanoton;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellBuilder;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.cell.CellSlice;
import io.cocoon.ton.chain.AccountState;
import io.cocoon.ton.chain.Head;
import io.cocoon.ton.chain.Message;
import io.cocoon.ton.chain.Transaction;
import io.cocoon.ton.chain.TransactionId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** TL-B of what the emulator takes and gives (TON's {@code block.tlb}), as far as the local chain needs it. */
final class ChainCells {

    /** TL-B {@code ShardAccount}: an account that never was. */
    static final Cell NOBODY = new CellBuilder()
            .storeRef(new CellBuilder().storeBit(false).build())
            .storeInt256(Int256.ZERO)
            .storeUint(0, 64)
            .build();

    private static final int OUT_KEY_BITS = 15;

    private ChainCells() {}

    /** A transaction, and the cells of what it sent. */
    record Parsed(Transaction transaction, List<Cell> out) {}

    /** Where an internal message was born in logical time. */
    record Route(Message message, long createdLt) {}

    /** Makes an internal message that comes from nowhere. */
    static Cell mint(
            Address from,
            Address to,
            Nanoton value,
            boolean bounce,
            Optional<Cell> init,
            Cell body,
            long lt,
            Instant time) {
        CellBuilder out = new CellBuilder()
                .storeUint(bounce ? 0b0110 : 0b0100, 4)
                .storeAddress(from)
                .storeAddress(to)
                .storeCoins(value)
                .storeUint(0, 1 + 4 + 4)
                .storeUint(lt, 64)
                .storeUint(time.getEpochSecond(), 32);
        if (init.isPresent()) {
            out.storeUint(0b11, 2).storeRef(init.get());
        } else {
            out.storeBit(false);
        }
        return out.storeBit(true).storeRef(body).build();
    }

    static Route message(Cell cell) throws CellException {
        CellSlice in = cell.beginParse();
        Message.Kind kind = Message.Kind.INTERNAL;
        boolean bounce = false;
        boolean bounced = false;
        Optional<Address> source;
        Optional<Address> destination;
        Nanoton value = Nanoton.ZERO;
        long lt = 0;
        if (!in.loadBit()) {
            in.loadBit();
            bounce = in.loadBit();
            bounced = in.loadBit();
            source = address(in);
            destination = address(in);
            value = currencies(in);
            in.loadBigCoins();
            in.loadBigCoins();
            lt = in.loadUint(64);
            in.loadUint(32);
        } else if (!in.loadBit()) {
            kind = Message.Kind.EXTERNAL_IN;
            source = Optional.empty();
            skipExternalAddress(in);
            destination = address(in);
            in.loadBigCoins();
        } else {
            kind = Message.Kind.EXTERNAL_OUT;
            source = address(in);
            destination = Optional.empty();
            skipExternalAddress(in);
            in.loadUint(64);
            in.loadUint(32);
        }
        Optional<Cell> init = Optional.empty();
        if (in.loadBit()) {
            init = Optional.of(in.loadBit() ? in.loadRef() : inlineInit(in));
        }
        Cell body =
                in.loadBit() ? in.loadRef() : new CellBuilder().storeSlice(in).build();
        return new Route(new Message(kind, source, destination, value, bounce, bounced, init, body, cell.hash()), lt);
    }

    private static Optional<Address> address(CellSlice in) throws CellException {
        // Nobody: two zero bits, which a standard address never begins with.
        if (!in.loadBit()) {
            if (in.loadBit()) {
                throw new CellException("expected an address inside the chain, got an external one");
            }
            return Optional.empty();
        }
        if (in.loadUint(2) != 0) {
            throw new CellException("expected a standard address without anycast");
        }
        return Optional.of(new Address((int) in.loadInt(8), in.loadInt256()));
    }

    private static void skipExternalAddress(CellSlice in) throws CellException {
        if (in.loadBit()) {
            throw new CellException("expected an external address, got one inside the chain");
        }
        if (in.loadBit()) {
            for (long bits = in.loadUint(9); bits > 0; bits--) {
                in.loadBit();
            }
        }
    }

    private static Nanoton currencies(CellSlice in) throws CellException {
        Nanoton coins = in.loadCoins();
        if (in.loadBit()) {
            in.loadRef();
        }
        return coins;
    }

    private static Cell inlineInit(CellSlice in) throws CellException {
        CellBuilder init = new CellBuilder();
        copyBit(in, init, 5);
        copyBit(in, init, 2);
        for (int i = 0; i < 3; i++) {
            if (copyBit(in, init, 0)) {
                init.storeRef(in.loadRef());
            }
        }
        return init.build();
    }

    /** Copies one bit, and as many more as are said if it is 1. */
    private static boolean copyBit(CellSlice in, CellBuilder out, int more) throws CellException {
        boolean bit = in.loadBit();
        out.storeBit(bit);
        if (bit) {
            out.storeUint(in.loadUint(more), more);
        }
        return bit;
    }

    static Parsed transaction(Cell cell, Address account) throws CellException {
        CellSlice in = cell.beginParse();
        in.loadUint(4);
        in.loadInt256();
        long lt = in.loadUint(64);
        Int256 previousHash = in.loadInt256();
        long previousLt = in.loadUint(64);
        Instant time = Instant.ofEpochSecond(in.loadUint(32));
        in.loadUint(15 + 2 + 2);
        CellSlice messages = in.loadRef().beginParse();
        Nanoton fees = currencies(in);
        in.loadRef();
        Transaction.Outcome outcome = outcome(in.loadRef().beginParse());
        Optional<Message> incoming = Optional.empty();
        if (messages.loadBit()) {
            incoming = Optional.of(message(messages.loadRef()).message());
        }
        List<Cell> out = new ArrayList<>();
        if (messages.loadBit()) {
            collect(messages.loadRef(), OUT_KEY_BITS, out);
        }
        List<Message> sent = new ArrayList<>();
        for (Cell one : out) {
            sent.add(message(one).message());
        }
        return new Parsed(
                new Transaction(
                        account,
                        new TransactionId(lt, cell.hash()),
                        new TransactionId(previousLt, previousHash),
                        time,
                        incoming,
                        sent,
                        outcome,
                        fees),
                out);
    }

    /** Walks a dictionary whose values are references, in the order of its keys. */
    private static void collect(Cell cell, int keyBits, List<Cell> values) throws CellException {
        CellSlice in = cell.beginParse();
        int width = Integer.SIZE - Integer.numberOfLeadingZeros(keyBits);
        int label = 0;
        if (!in.loadBit()) {
            while (in.loadBit()) {
                label++;
            }
            in.loadUint(label);
        } else if (!in.loadBit()) {
            label = (int) in.loadUint(width);
            in.loadUint(label);
        } else {
            in.loadBit();
            label = (int) in.loadUint(width);
        }
        if (label >= keyBits) {
            values.add(in.loadRef());
            return;
        }
        Cell zero = in.loadRef();
        collect(zero, keyBits - label - 1, values);
        collect(in.loadRef(), keyBits - label - 1, values);
    }

    private static Transaction.Outcome outcome(CellSlice in) throws CellException {
        if (in.loadUint(4) != 0) {
            throw new CellException("expected an ordinary transaction");
        }
        in.loadBit();
        if (in.loadBit()) {
            in.loadBigCoins();
            if (in.loadBit()) {
                in.loadBigCoins();
            }
            if (in.loadBit()) {
                in.loadBit();
            }
        }
        if (in.loadBit()) {
            if (in.loadBit()) {
                in.loadBigCoins();
            }
            currencies(in);
        }
        boolean computed = in.loadBit();
        int exitCode = 0;
        if (computed) {
            in.loadUint(3);
            in.loadBigCoins();
            CellSlice details = in.loadRef().beginParse();
            skipShortNumber(details, 3);
            skipShortNumber(details, 3);
            if (details.loadBit()) {
                skipShortNumber(details, 2);
            }
            details.loadInt(8);
            exitCode = (int) details.loadInt(32);
        } else if (in.loadUint(2) == 0b11) {
            in.loadBit();
        }
        int actionResult = in.loadBit() ? actionResult(in.loadRef().beginParse()) : 0;
        boolean aborted = in.loadBit();
        boolean bouncePhase = in.loadBit();
        // The first bit of the phase: whether there was money to send it back with.
        boolean bounced = bouncePhase && in.loadBit();
        return new Transaction.Outcome(aborted, computed, exitCode, actionResult, bounced);
    }

    private static void skipShortNumber(CellSlice in, int lengthBits) throws CellException {
        in.loadBytes((int) in.loadUint(lengthBits));
    }

    private static int actionResult(CellSlice in) throws CellException {
        in.loadUint(3);
        // The change of status: 0, or two bits.
        if (in.loadBit()) {
            in.loadBit();
        }
        for (int i = 0; i < 2; i++) {
            if (in.loadBit()) {
                in.loadBigCoins();
            }
        }
        return (int) in.loadInt(32);
    }

    static AccountState account(Cell shardAccount, Address address, Head at) throws CellException {
        CellSlice outer = shardAccount.beginParse();
        CellSlice in = outer.loadRef().beginParse();
        Int256 lastHash = outer.loadInt256();
        TransactionId last = new TransactionId(outer.loadUint(64), lastHash);
        if (!in.loadBit()) {
            return new AccountState(
                    address, AccountState.Status.NONE, Nanoton.ZERO, Optional.empty(), Optional.empty(), last, at);
        }
        in.loadAddress();
        skipShortNumber(in, 3);
        skipShortNumber(in, 3);
        // What the storage phase keeps beside: nothing, or the hash of its statistics.
        if (in.loadUint(3) == 1) {
            in.loadInt256();
        }
        in.loadUint(32);
        if (in.loadBit()) {
            in.loadBigCoins();
        }
        in.loadUint(64);
        Nanoton balance = currencies(in);
        Optional<Cell> code = Optional.empty();
        Optional<Cell> data = Optional.empty();
        AccountState.Status status;
        if (in.loadBit()) {
            status = AccountState.Status.ACTIVE;
            if (in.loadBit()) {
                in.loadUint(5);
            }
            if (in.loadBit()) {
                in.loadUint(2);
            }
            code = in.loadBit() ? Optional.of(in.loadRef()) : code;
            data = in.loadBit() ? Optional.of(in.loadRef()) : data;
        } else {
            status = in.loadBit() ? AccountState.Status.FROZEN : AccountState.Status.UNINITIALIZED;
        }
        return new AccountState(address, status, balance, code, data, last, at);
    }
}
