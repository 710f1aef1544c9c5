package io.cocoon.ton.chain;

import io.cocoon.payment.Nanoton;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellBuilder;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.cell.CellSlice;
import io.cocoon.ton.cell.StateInit;
import java.util.Optional;

/**
 * Reads messages from the chain, and writes those that wallets send (payments dossier 8.2). Pure functions.
 *
 * <p>Reading passes over what a stranger may choose freely and nobody here needs: the address outside the chain from which an external
 * message says that it comes, its fee, other currencies. So no stranger can make a transaction unreadable that way.
 */
public final class MessageCodec {

    private static final int BOUNCE = 0x18;
    private static final int NO_BOUNCE = 0x10;
    private static final int FLAG_BITS = 6;
    /** Other currencies, fees and times, which the chain fills in, and whether there is an init. */
    private static final int ZERO_BITS = 105;

    private static final int EXTERNAL_IN = 0b10;

    private MessageCodec() {}

    /** Reads a message of any of the three kinds. @throws CellException if it is none */
    public static Message read(Cell cell) throws CellException {
        CellSlice in = cell.beginParse();
        if (!in.loadBit()) {
            return internal(cell, in);
        }
        if (!in.loadBit()) {
            in.skipExternalAddress();
            Address destination = in.loadAddress();
            in.skipVarUint(16); // the fee for its import
            return withContent(cell, in, Message.Kind.EXTERNAL_IN, Optional.empty(), Optional.of(destination));
        }
        Address source = in.loadAddress();
        in.skipExternalAddress();
        in.skip(64 + 32); // logical time, time
        return withContent(cell, in, Message.Kind.EXTERNAL_OUT, Optional.of(source), Optional.empty());
    }

    private static Message internal(Cell cell, CellSlice in) throws CellException {
        in.skip(1); // hypercube routing
        boolean bounce = in.loadBit();
        boolean bounced = in.loadBit();
        Optional<Address> source = in.loadOptionalAddress();
        Address destination = in.loadAddress();
        Nanoton value = in.loadCurrencies();
        in.skipVarUint(16); // a fee that is now a field of flags, and free to choose
        in.skipVarUint(16); // the fee for forwarding
        in.skip(64 + 32); // logical time, time
        Message rest = withContent(cell, in, Message.Kind.INTERNAL, source, Optional.of(destination));
        return new Message(
                rest.kind(), source, rest.destination(), value, bounce, bounced, rest.init(), rest.body(), rest.hash());
    }

    private static Message withContent(
            Cell cell, CellSlice in, Message.Kind kind, Optional<Address> source, Optional<Address> destination)
            throws CellException {
        Optional<Cell> init = Optional.empty();
        if (in.loadBit()) {
            init = Optional.of(in.loadBit() ? in.loadRef() : StateInit.load(in).toCell());
        }
        Cell body;
        if (in.loadBit()) {
            body = in.loadRef();
            in.end("a message");
        } else {
            body = in.loadRest();
        }
        return new Message(kind, source, destination, Nanoton.ZERO, false, false, init, body, cell.hash());
    }

    /**
     * Writes the message that a wallet is asked to send. One with an init does not bounce, any other does.
     *
     * @param init the cell of code and data for an account that may not exist yet
     */
    public static Cell internal(Address destination, Nanoton value, Optional<Cell> init, Optional<Cell> body) {
        CellBuilder out = new CellBuilder()
                .storeUint(init.isPresent() ? NO_BOUNCE : BOUNCE, FLAG_BITS)
                .storeAddress(destination)
                .storeCoins(value)
                .storeUint(0, ZERO_BITS - Long.SIZE)
                .storeUint(0, Long.SIZE);
        return storeInit(out, init).storeMaybeRef(body).build();
    }

    /**
     * Writes a message from outside.
     *
     * @param init brings the destination's code and data
     */
    public static Cell external(Address destination, Optional<Cell> init, Cell body) {
        CellBuilder out = new CellBuilder()
                .storeUint(EXTERNAL_IN, 2)
                .storeNoAddress()
                .storeAddress(destination)
                .storeCoins(Nanoton.ZERO);
        return storeInit(out, init).storeBit(true).storeRef(body).build();
    }

    private static CellBuilder storeInit(CellBuilder out, Optional<Cell> init) {
        out.storeBit(init.isPresent());
        if (init.isPresent()) {
            out.storeBit(true).storeRef(init.get());
        }
        return out;
    }
}
