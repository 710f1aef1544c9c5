package io.cocoon.ton.lite;

import io.cocoon.payment.Nanoton;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellBuilder;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.cell.CellSlice;
import io.cocoon.ton.chain.Message;
import java.util.Optional;

/** Reads {@code Message} of block.tlb. Pure functions. */
final class MessageReader {

    private MessageReader() {}

    static Message read(Cell cell) throws CellException {
        CellSlice in = cell.beginParse();
        Nanoton value = Nanoton.ZERO;
        Optional<Address> source = Optional.empty();
        Optional<Address> destination = Optional.empty();
        boolean bounce = false;
        boolean bounced = false;
        Message.Kind kind;
        if (!in.loadBit()) {
            kind = Message.Kind.INTERNAL;
            in.loadBit(); // hypercube routing
            bounce = in.loadBit();
            bounced = in.loadBit();
            source = Optional.of(in.loadAddress());
            destination = Optional.of(in.loadAddress());
            value = Amounts.loadCurrencies(in);
            in.loadBigCoins();
            in.loadBigCoins();
            in.loadUint(64);
            in.loadUint(32);
        } else if (!in.loadBit()) {
            kind = Message.Kind.EXTERNAL_IN;
            skipExternalAddress(in);
            destination = Optional.of(in.loadAddress());
            in.loadBigCoins();
        } else {
            kind = Message.Kind.EXTERNAL_OUT;
            source = Optional.of(in.loadAddress());
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
        return new Message(kind, source, destination, value, bounce, bounced, init, body, cell.hash());
    }

    private static void skipExternalAddress(CellSlice in) throws CellException {
        long tag = in.loadUint(2);
        if (tag > 1) {
            throw new CellException("an address outside the chain is of kind 0 or 1, this one of kind " + tag);
        }
        if (tag == 1) {
            for (long left = in.loadUint(9); left > 0; left--) {
                in.loadBit();
            }
        }
    }

    /** Copies a {@code StateInit} that stands in the message itself into a cell of its own. */
    private static Cell inlineInit(CellSlice in) throws CellException {
        CellBuilder out = new CellBuilder();
        copyMaybe(in, out, 5);
        copyMaybe(in, out, 2);
        for (int i = 0; i < 3; i++) {
            boolean there = in.loadBit();
            out.storeBit(there);
            if (there) {
                out.storeRef(in.loadRef());
            }
        }
        return out.build();
    }

    private static void copyMaybe(CellSlice in, CellBuilder out, int bits) throws CellException {
        boolean there = in.loadBit();
        out.storeBit(there);
        if (there) {
            out.storeUint(in.loadUint(bits), bits);
        }
    }
}
