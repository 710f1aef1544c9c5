package io.cocoon.ton.lite;

import io.cocoon.payment.Nanoton;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.cell.CellSlice;
import io.cocoon.ton.chain.Message;
import io.cocoon.ton.chain.Transaction;
import io.cocoon.ton.chain.TransactionId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads {@code Transaction} of block.tlb. Pure functions. */
final class TransactionReader {

    private static final int TRANSACTION = 0b0111;
    private static final int ORDINARY_OR_RENT = 0b000;
    private static final int TICK_TOCK = 0b001;
    private static final int OUT_KEY_BITS = 15;

    private TransactionReader() {}

    /** Reads one. @param workchain which its account is in; the cell does not say */
    static Transaction read(Cell cell, int workchain) throws CellException {
        CellSlice in = cell.beginParse();
        long tag = in.loadUint(4);
        if (tag != TRANSACTION) {
            throw new CellException("a transaction begins with " + tag);
        }
        Address account = new Address(workchain, in.loadInt256());
        TransactionId id = new TransactionId(in.loadUint(64), cell.hash());
        Int256 previousHash = in.loadInt256();
        TransactionId previous = new TransactionId(in.loadUint(64), previousHash);
        Instant time = Instant.ofEpochSecond(in.loadUint(32));
        int outCount = (int) in.loadUint(15);
        in.loadUint(4); // what the account was and is
        CellSlice messages = in.loadRef().beginParse();
        Optional<Message> received =
                messages.loadBit() ? Optional.of(MessageReader.read(messages.loadRef())) : Optional.empty();
        List<Message> sent = new ArrayList<>();
        if (messages.loadBit()) {
            Cell root = messages.loadRef();
            for (int i = 0; i < outCount; i++) {
                int number = i;
                Cell message = ProofDictionary.find(
                                root, bit -> (number >>> (OUT_KEY_BITS - 1 - bit) & 1) != 0, OUT_KEY_BITS)
                        .orElseThrow(() -> new CellException("message " + number + " of " + outCount + " is missing"))
                        .loadRef();
                sent.add(MessageReader.read(message));
            }
        } else if (outCount != 0) {
            throw new CellException("a transaction says that it sent " + outCount + " messages and has none");
        }
        Nanoton fees = Amounts.loadCurrencies(in);
        in.loadRef(); // change of the account's state
        return new Transaction(
                account,
                id,
                previous,
                time,
                received,
                sent,
                outcome(in.loadRef().beginParse()),
                fees);
    }

    private static Transaction.Outcome outcome(CellSlice in) throws CellException {
        int kind = (int) in.loadUint(3);
        boolean ordinary = false;
        if (kind == ORDINARY_OR_RENT) {
            if (in.loadBit()) { // a transaction that pays rent
                skipStoragePhase(in);
                return new Transaction.Outcome(false, false, 0, 0, false);
            }
            ordinary = true;
            in.loadBit(); // credit first
            if (in.loadBit()) {
                skipStoragePhase(in);
            }
            if (in.loadBit()) { // credit
                Amounts.loadMaybe(in);
                Amounts.loadCurrencies(in);
            }
        } else if (kind == TICK_TOCK) {
            in.loadBit();
            skipStoragePhase(in);
        } else {
            throw new CellException("a transaction of kind " + kind + ", which splits or merges an account");
        }
        boolean computed = in.loadBit();
        int exitCode = computed ? exitCode(in) : 0;
        if (!computed && in.loadUint(2) == 3) {
            in.loadBit(); // suspended has a longer tag
        }
        int actionResult = in.loadBit() ? actionResult(in.loadRef().beginParse()) : 0;
        boolean aborted = in.loadBit();
        boolean bounced = ordinary && in.loadBit() && in.loadBit();
        return new Transaction.Outcome(aborted, computed, exitCode, actionResult, bounced);
    }

    private static int exitCode(CellSlice in) throws CellException {
        in.loadUint(3); // success, state of the message used, account activated
        in.loadBigCoins(); // gas fees
        CellSlice details = in.loadRef().beginParse();
        Amounts.skipShort(details); // gas used
        Amounts.skipShort(details); // gas limit
        if (details.loadBit()) {
            details.loadBytes((int) details.loadUint(2)); // gas credit
        }
        details.loadUint(8); // mode
        return (int) details.loadInt(32);
    }

    private static int actionResult(CellSlice in) throws CellException {
        in.loadUint(3); // success, valid, no funds
        skipStatusChange(in);
        Amounts.loadMaybe(in);
        Amounts.loadMaybe(in);
        return (int) in.loadInt(32);
    }

    private static void skipStoragePhase(CellSlice in) throws CellException {
        in.loadBigCoins();
        Amounts.loadMaybe(in);
        skipStatusChange(in);
    }

    private static void skipStatusChange(CellSlice in) throws CellException {
        if (in.loadBit()) {
            in.loadBit();
        }
    }
}
