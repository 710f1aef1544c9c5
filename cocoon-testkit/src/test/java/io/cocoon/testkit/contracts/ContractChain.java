package io.cocoon.testkit.contracts;

import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellBuilder;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.cell.CellSlice;
import io.cocoon.ton.cell.StateInit;
import io.cocoon.tvm.Emulator;
import io.cocoon.tvm.TransactionResult;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Accounts whose messages are delivered at once, one after the other; messages may come from any address. */
final class ContractChain {

    static final long START = 1_800_000_000L;

    private static final Cell NOBODY = new CellBuilder()
            .storeRef(new CellBuilder().storeBit(false).build())
            .storeInt256(Int256.ZERO)
            .storeUint(0, 64)
            .build();
    private static final int OUT_KEY_BITS = 15;

    private final Emulator emulator = new Emulator(1);
    private final Map<Address, Cell> accounts = new HashMap<>();
    private long now = START;
    private long lt = 1_000_000;

    /** An internal message. */
    record Sent(Address from, Address to, BigInteger value, boolean bounce, boolean bounced, Cell body, Cell raw) {

        /** Returns the op of the body; 0 if there is none. */
        long op() throws CellException {
            return body.bits() < 32 ? 0 : body.beginParse().loadUint(32);
        }
    }

    /** A transaction: what came in, what became of it, what went out. */
    record Ran(Sent in, boolean computed, int exitCode, int actionResult, boolean aborted, List<Sent> out) {}

    long now() {
        return now;
    }

    void advance(long seconds) {
        now += seconds;
    }

    Address deploy(Address from, Cell code, Cell data, BigInteger value) throws CellException {
        Address address = StateInit.address(code, data);
        send(internal(from, address, value, false, Cell.EMPTY, StateInit.cell(code, data)));
        return address;
    }

    /** Delivers a message and all that follow from it. Returns the transactions of contracts that were deployed here. */
    List<Ran> send(Address from, Address to, BigInteger value, Cell body) throws CellException {
        return send(internal(from, to, value, true, body, null));
    }

    private List<Ran> send(Cell first) throws CellException {
        List<Ran> transactions = new ArrayList<>();
        ArrayDeque<Cell> queue = new ArrayDeque<>(List.of(first));
        while (!queue.isEmpty()) {
            Cell message = queue.remove();
            Sent in = message(message);
            Cell account = accounts.get(in.to());
            if (account == null) {
                if (message != first) {
                    // A plain wallet: it takes whatever it gets.
                    continue;
                }
                account = NOBODY;
            }
            lt += 1_000;
            TransactionResult result =
                    emulator.transaction(account, message, Instant.ofEpochSecond(now), lt, Int256.ZERO);
            TransactionResult.Done done = (TransactionResult.Done) result;
            accounts.put(in.to(), done.account());
            Ran ran = transaction(in, done.transaction());
            transactions.add(ran);
            ran.out().forEach(out -> queue.add(out.raw()));
        }
        return transactions;
    }

    /** Delivers an external message: the exit code if it was not accepted, else its transaction. */
    Object sendExternal(Address to, Cell body) throws CellException {
        Cell message = new CellBuilder()
                .storeUint(0b1000, 4)
                .storeAddress(to)
                .storeCoins(BigInteger.ZERO)
                .storeBit(false)
                .storeBit(true)
                .storeRef(body)
                .build();
        lt += 1_000;
        TransactionResult result =
                emulator.transaction(account(to), message, Instant.ofEpochSecond(now), lt, Int256.ZERO);
        if (result instanceof TransactionResult.NotAccepted refused) {
            return refused.exitCode();
        }
        TransactionResult.Done done = (TransactionResult.Done) result;
        accounts.put(to, done.account());
        Sent in = new Sent(to, to, BigInteger.ZERO, false, false, body, message);
        return transaction(in, done.transaction());
    }

    private Cell account(Address contract) {
        Cell account = accounts.get(contract);
        if (account == null) {
            throw new IllegalStateException("nothing was deployed at " + contract);
        }
        return account;
    }

    private Cell internal(Address from, Address to, BigInteger value, boolean bounce, Cell body, @Nullable Cell init) {
        CellBuilder out = new CellBuilder()
                .storeUint(bounce ? 0b0110 : 0b0100, 4)
                .storeAddress(from)
                .storeAddress(to)
                .storeCoins(value)
                .storeUint(0, 1 + 4 + 4)
                .storeUint(lt, 64)
                .storeUint(now, 32);
        if (init == null) {
            out.storeBit(false);
        } else {
            out.storeUint(0b11, 2).storeRef(init);
        }
        return out.storeBit(true).storeRef(body).build();
    }

    /** Reads TL-B {@code Message}, an internal one without state. */
    private static Sent message(Cell cell) throws CellException {
        CellSlice in = cell.beginParse();
        in.loadUint(2);
        boolean bounce = in.loadBit();
        boolean bounced = in.loadBit();
        Address from = in.loadAddress();
        Address to = in.loadAddress();
        BigInteger value = in.loadBigCoins();
        in.loadUint(1);
        in.loadBigCoins();
        in.loadBigCoins();
        in.loadUint(64);
        in.loadUint(32);
        if (in.loadBit()) {
            in.loadBit();
            in.loadRef();
        }
        Cell body =
                in.loadBit() ? in.loadRef() : new CellBuilder().storeSlice(in).build();
        return new Sent(from, to, value, bounce, bounced, body, cell);
    }

    /** Reads what matters here of TL-B {@code Transaction}. */
    private static Ran transaction(Sent message, Cell cell) throws CellException {
        CellSlice messages = cell.ref(0).beginParse();
        if (messages.loadBit()) {
            messages.loadRef();
        }
        List<Sent> out = new ArrayList<>();
        if (messages.loadBit()) {
            collect(messages.loadRef(), OUT_KEY_BITS, out);
        }
        CellSlice in = cell.ref(2).beginParse();
        in.loadUint(4);
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
            in.loadBigCoins();
            in.loadBit();
        }
        boolean computed = in.loadBit();
        int exitCode = 0;
        if (computed) {
            in.loadUint(3);
            in.loadBigCoins();
            CellSlice details = in.loadRef().beginParse();
            details.loadBytes((int) details.loadUint(3));
            details.loadBytes((int) details.loadUint(3));
            if (details.loadBit()) {
                details.loadBytes((int) details.loadUint(2));
            }
            details.loadInt(8);
            exitCode = (int) details.loadInt(32);
        } else if (in.loadUint(2) == 0b11) {
            in.loadBit();
        }
        int actionResult = in.loadBit() ? actionResult(in.loadRef().beginParse()) : 0;
        return new Ran(message, computed, exitCode, actionResult, in.loadBit(), out);
    }

    private static int actionResult(CellSlice in) throws CellException {
        in.loadUint(3);
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

    /** Walks a dictionary whose values are references to messages. */
    private static void collect(Cell cell, int keyBits, List<Sent> messages) throws CellException {
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
        if (label == keyBits) {
            messages.add(message(in.loadRef()));
            return;
        }
        Cell zero = in.loadRef();
        Cell one = in.loadRef();
        collect(zero, keyBits - label - 1, messages);
        collect(one, keyBits - label - 1, messages);
    }

    /** Returns the data cell of a contract. */
    CellSlice data(Address contract) throws CellException {
        CellSlice in = account(contract).ref(0).beginParse();
        in.loadBit();
        in.loadAddress();
        in.loadBytes((int) in.loadUint(3));
        in.loadBytes((int) in.loadUint(3));
        if (in.loadUint(3) == 1) {
            in.loadInt256();
        }
        in.loadUint(32);
        if (in.loadBit()) {
            in.loadBigCoins();
        }
        in.loadUint(64);
        in.loadBigCoins();
        in.loadBit();
        // Active, no split depth, not special, with code and data, no libraries.
        if (in.loadUint(6) != 0b100110) {
            throw new CellException("expected an active contract without extras");
        }
        in.loadRef();
        return in.loadRef().beginParse();
    }
}
