package io.cocoon.ton.wallet;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.payment.Nanoton;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellBuilder;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.cell.CellSlice;
import io.cocoon.ton.cell.StateInit;
import io.cocoon.ton.chain.AccountState;
import io.cocoon.ton.chain.MessageCodec;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The wallets of versions 3 (revision 2), 4 (revision 2) and 5 (revision 1) that most people have. TON tooling dossier 1.3.
 *
 * <p>Immutable and thread-safe. The code cells are not part of this library: without one the wallet works, but can not be
 * deployed.
 *
 * <p>Version 5 takes messages from outside only with the flag that ignores a failed action. So an order that its balance does not cover
 * is left out, and the transaction still succeeds: compare what it sent with what was ordered.
 */
public final class PlainWallet implements WalletSigner {

    /** The global id of the main network, part of a version 5 wallet's address. */
    public static final int MAIN_NETWORK = -239;

    /** The global id of the test network. */
    public static final int TEST_NETWORK = -3;

    /** The code asks for no balance; this pays for a message. */
    private static final Nanoton LEAST_BALANCE = Nanoton.ofTon("0.05");

    private static final Cell CODE_V3R2 =
            Cell.pruned(Int256.fromHex("84dafa449f98a6987789ba232358072bc0f76dc4524002a5d0918b9a75d2d599"), 0);
    private static final Cell CODE_V4R2 =
            Cell.pruned(Int256.fromHex("feb5ff6820e2ff0d9483e7e0d62c817d846789fb4ae580c878866d959dabd5c0"), 7);
    private static final Cell CODE_V5R1 =
            Cell.pruned(Int256.fromHex("20834b7b72b112147e1b2fb457b84e74d1a30f04f737d4f62a668e9552d2b72f"), 6);

    private static final int FIRST_ID = 698983191;
    private static final int MAX_ORDERS = 4;
    private static final int MAX_ORDERS_V5R1 = 255;
    private static final int SIMPLE_SEND = 0;
    private static final int SIGNED_FROM_OUTSIDE = 0x7369676e;
    private static final int SEND_MESSAGE = 0x0ec3c86d;
    private static final int PAY_FEES_APART = 1;
    private static final int IGNORE_ERRORS = 2;

    private enum Version {
        V3R2(CODE_V3R2),
        V4R2(CODE_V4R2),
        V5R1(CODE_V5R1);

        private final Cell code;

        Version(Cell code) {
            this.code = code;
        }
    }

    private final Version version;
    private final int id;
    private final Ed25519Key key;
    private final Optional<Cell> code;
    private final Address address;

    private PlainWallet(Version version, int id, Ed25519Key key, Optional<Cell> code) {
        this.version = version;
        this.id = id;
        this.key = key;
        this.code = code;
        if (code.isPresent() && !code.get().hash(0).equals(version.code.hash(0))) {
            throw new IllegalArgumentException("the code of a " + version + " wallet has hash "
                    + version.code.hash(0).toHex() + ", this one "
                    + code.get().hash(0).toHex());
        }
        this.address = StateInit.address(version.code, initialData());
    }

    /** Is the version 3 wallet of a key. @param code to deploy it with; throws IllegalArgumentException if another one */
    public static PlainWallet v3r2(Ed25519Key key, Optional<Cell> code) {
        return new PlainWallet(Version.V3R2, FIRST_ID, key, code);
    }

    /** Is the version 4 wallet of a key. @param code to deploy it with; throws IllegalArgumentException if another one */
    public static PlainWallet v4r2(Ed25519Key key, Optional<Cell> code) {
        return new PlainWallet(Version.V4R2, FIRST_ID, key, code);
    }

    /**
     * Is the first version 5 wallet of a key on a network.
     *
     * @param globalId the network's, such as {@link #MAIN_NETWORK}
     * @param code to deploy it with
     * @throws IllegalArgumentException if the code is another one
     */
    public static PlainWallet v5r1(Ed25519Key key, int globalId, Optional<Cell> code) {
        return new PlainWallet(Version.V5R1, globalId ^ Integer.MIN_VALUE, key, code);
    }

    /** Is another wallet of the same key and version. @param otherId all 32 bits of what the wallet calls its id */
    public PlainWallet withId(int otherId) {
        return new PlainWallet(version, otherId, key, code);
    }

    @Override
    public Address address() {
        return address;
    }

    @Override
    public int maxOrders() {
        return version == Version.V5R1 ? MAX_ORDERS_V5R1 : MAX_ORDERS;
    }

    @Override
    public Nanoton leastBalance() {
        return LEAST_BALANCE;
    }

    private Cell initialData() {
        CellBuilder data = new CellBuilder();
        if (version == Version.V5R1) {
            data.storeBit(true); // the key may sign
        }
        data.storeUint(0, 32).storeUint(Integer.toUnsignedLong(id), 32).storeInt256(key.publicKey());
        if (version != Version.V3R2) {
            data.storeBit(false); // neither plugins nor extensions
        }
        return data.build();
    }

    @Override
    public int seqno(AccountState account) throws CellException {
        if (account.data().isEmpty()) {
            return 0;
        }
        CellSlice in = account.data().get().beginParse();
        if (version == Version.V5R1 && !in.loadBit()) {
            throw new CellException("wallet " + address + " takes no signatures of its key any more");
        }
        int seqno = (int) in.loadUint(32);
        int found = (int) in.loadUint(32);
        Int256 publicKey = in.loadInt256();
        if (version != Version.V3R2) {
            in.loadMaybeRef();
        }
        in.end("the data of a wallet");
        if (found != id || !publicKey.equals(key.publicKey())) {
            throw new CellException("wallet " + address + " has id " + found + " and key " + publicKey.toHex()
                    + ", wanted " + id + " and " + key.publicKey().toHex());
        }
        return seqno;
    }

    @Override
    public SignedExternal sign(int seqno, Instant validUntil, List<Order> orders, boolean deploy) {
        if (orders.isEmpty() || orders.size() > maxOrders()) {
            throw new IllegalArgumentException("a message holds 1 to " + maxOrders() + " orders, got " + orders.size());
        }
        boolean version5 = version == Version.V5R1;
        CellBuilder request = new CellBuilder();
        if (version5) {
            request.storeUint(SIGNED_FROM_OUTSIDE, 32);
        }
        request.storeUint(Integer.toUnsignedLong(id), 32)
                .storeUint(validUntil.getEpochSecond(), 32)
                .storeUint(Integer.toUnsignedLong(seqno), 32);
        if (version5) {
            request.storeMaybeRef(Optional.of(actions(orders))).storeBit(false); // no other actions
        } else {
            if (version == Version.V4R2) {
                request.storeUint(SIMPLE_SEND, 8);
            }
            orders.forEach(order -> request.storeUint(mode(order), 8).storeRef(message(order)));
        }
        Cell unsigned = request.build();
        Bytes signature = key.sign(unsigned.hash().toBytes());
        CellBuilder body = new CellBuilder();
        if (!version5) {
            body.storeBytes(signature);
        }
        body.storeSlice(unsigned.beginParseRaw());
        if (version5) {
            body.storeBytes(signature);
        }
        Cell whole = body.build();
        return new SignedExternal(
                MessageCodec.external(address, deploy ? init() : Optional.empty(), whole), whole.hash());
    }

    private Optional<Cell> init() {
        Cell deployed = code.orElseThrow(
                () -> new IllegalStateException(
                        "wallet " + address
                                + " does not exist yet, and its code is not known here: deploy it with another program, or give the code"));
        return Optional.of(StateInit.cell(deployed, initialData()));
    }

    /** A list that begins with its last element. */
    private static Cell actions(List<Order> orders) {
        Cell list = Cell.EMPTY;
        for (Order order : orders) {
            list = new CellBuilder()
                    .storeRef(list)
                    .storeUint(SEND_MESSAGE, 32)
                    .storeUint(mode(order) | IGNORE_ERRORS, 8)
                    .storeRef(message(order))
                    .build();
        }
        return list;
    }

    /** As the Cocoon wallet does (payments dossier 8.2). */
    private static int mode(Order order) {
        return order.value().value() > 1 ? 0 : PAY_FEES_APART;
    }

    private static Cell message(Order order) {
        return MessageCodec.internal(order.to(), order.value(), order.init(), order.body());
    }
}
