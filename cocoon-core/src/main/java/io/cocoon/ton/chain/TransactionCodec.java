package io.cocoon.ton.chain;

import io.cocoon.payment.Nanoton;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.cell.CellSlice;
import io.cocoon.ton.cell.Dictionary;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads transactions from the chain. Pure functions. */
public final class TransactionCodec {

    private static final int TAG = 0b0111;
    private static final int OUT_KEY_BITS = 15;
    private static final Transaction.Outcome NOTHING = new Transaction.Outcome(false, false, 0, 0, false);

    private TransactionCodec() {}

    /**
     * Reads a transaction.
     *
     * @param account whose it should be; the cell does not say in which workchain
     * @throws CellException if it is another account's or no transaction
     */
    public static Transaction read(Address account, Cell cell) throws CellException {
        CellSlice in = cell.beginParse();
        long tag = in.loadUint(4);
        if (tag != TAG) {
            throw new CellException("a transaction begins with 7, this with " + tag);
        }
        Int256 owner = in.loadInt256();
        if (!owner.equals(account.hash())) {
            throw new CellException("wanted a transaction of " + account + ", got one of account " + owner.toHex());
        }
        TransactionId id = new TransactionId(in.loadUint(64), cell.hash());
        Int256 previousHash = in.loadInt256();
        TransactionId previous = new TransactionId(in.loadUint(64), previousHash);
        Instant time = Instant.ofEpochSecond(in.loadUint(32));
        int outCount = (int) in.loadUint(OUT_KEY_BITS);
        in.skip(4); // what the account was and is
        CellSlice messages = in.loadRef().beginParse();
        Nanoton fees = in.loadCurrencies();
        in.loadRef(); // the account's hashes before and after
        Transaction.Outcome outcome = outcome(in.loadRef().beginParse());
        in.end("a transaction");
        Optional<Cell> received = messages.loadMaybeRef();
        List<Message> sent = sent(messages.loadMaybeRef(), outCount);
        messages.end("the messages of a transaction");
        return new Transaction(
                account,
                id,
                previous,
                time,
                received.isPresent() ? Optional.of(MessageCodec.read(received.get())) : Optional.empty(),
                sent,
                outcome,
                fees);
    }

    /** Each is looked up by its number, so that a small tree with shared branches cannot stand for very many. */
    private static List<Message> sent(Optional<Cell> tree, int count) throws CellException {
        if (tree.isEmpty() != (count == 0)) {
            throw new CellException("a transaction says that it sent " + count + " messages and has "
                    + (tree.isEmpty() ? "none" : "some"));
        }
        List<Message> sent = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Bytes key = Dictionary.key(i, OUT_KEY_BITS);
            Optional<CellSlice> found = Dictionary.lookup(tree.get(), key, OUT_KEY_BITS);
            if (found.isEmpty()) {
                throw new CellException("message " + i + " of " + count + " is missing in a transaction");
            }
            CellSlice value = found.get();
            sent.add(MessageCodec.read(value.loadRef()));
            value.end("an entry of the list of messages");
        }
        return sent;
    }

    private static Transaction.Outcome outcome(CellSlice in) throws CellException {
        int kind = (int) in.loadUint(3);
        return switch (kind) {
            case 0b000 -> in.loadBit() ? NOTHING : ordinary(in); // 0001 is rent alone
            case 0b001 -> {
                in.skip(1); // tick or tock
                skipStorage(in);
                yield phases(in, false);
            }
            // Accounts of Cocoon are not split or merged; what such a step did is not looked at.
            case 0b010, 0b011 -> NOTHING;
            default -> throw new CellException("a transaction of kind " + kind + ", known are 0 to 3");
        };
    }

    private static Transaction.Outcome ordinary(CellSlice in) throws CellException {
        in.skip(1); // credit first
        if (in.loadBit()) {
            skipStorage(in);
        }
        if (in.loadBit()) { // credit
            skipMaybeCoins(in);
            in.skipVarUint(16);
            in.loadMaybeRef();
        }
        return phases(in, true);
    }

    private static Transaction.Outcome phases(CellSlice in, boolean mayBounce) throws CellException {
        boolean computed = in.loadBit();
        int exitCode = 0;
        if (computed) {
            exitCode = exitCode(in);
        } else {
            skipReason(in);
        }
        Optional<Cell> action = in.loadMaybeRef();
        int actionResult = action.isPresent() ? actionResult(action.get().beginParse()) : 0;
        boolean aborted = in.loadBit();
        boolean bounced = mayBounce && in.loadBit() && in.loadBit(); // both other kinds of bounce begin with 0
        return new Transaction.Outcome(aborted, computed, exitCode, actionResult, bounced);
    }

    /** No state, bad state, no gas are 00 to 10; suspended is 110. */
    private static void skipReason(CellSlice in) throws CellException {
        if (in.loadUint(2) == 0b11 && in.loadBit()) {
            throw new CellException("the code of a transaction did not run for a reason that is not known");
        }
    }

    private static int exitCode(CellSlice in) throws CellException {
        in.skip(3); // success, state of the message used, account activated
        in.skipVarUint(16); // for gas
        CellSlice details = in.loadRef().beginParse();
        details.skipVarUint(7); // gas used
        details.skipVarUint(7); // its limit
        if (details.loadBit()) {
            details.skipVarUint(3); // its credit
        }
        details.skip(8); // mode
        return (int) details.loadInt(32);
    }

    private static int actionResult(CellSlice in) throws CellException {
        in.skip(3); // success, valid, no funds
        skipStatusChange(in);
        skipMaybeCoins(in);
        skipMaybeCoins(in);
        return (int) in.loadInt(32);
    }

    private static void skipStorage(CellSlice in) throws CellException {
        in.skipVarUint(16);
        skipMaybeCoins(in);
        skipStatusChange(in);
    }

    private static void skipMaybeCoins(CellSlice in) throws CellException {
        if (in.loadBit()) {
            in.skipVarUint(16);
        }
    }

    /** Unchanged is 0, frozen 10, deleted 11. */
    private static void skipStatusChange(CellSlice in) throws CellException {
        if (in.loadBit()) {
            in.skip(1);
        }
    }
}
