package io.cocoon.ton.wallet;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.payment.Nanoton;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellBuilder;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.cell.StateInit;
import io.cocoon.ton.chain.AccountState;
import io.cocoon.ton.contract.ContractAddresses;
import io.cocoon.ton.contract.ContractData;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The wallet that every program of the network has: a node key signs, and an owner can take everything out or block the key without
 * it. Payments dossier 4.4, 5.6, 6.6 and 8.2.
 *
 * <p>Immutable and thread-safe. The code cell is not part of this library: it comes from the chain, or with a local chain; without
 * it the wallet works, but can not be deployed.
 */
public final class CocoonWallet implements WalletSigner {

    /** The code refuses a balance below 2 TON (exit code 1035); the rest pays for the message itself (dossier 8.1). */
    private static final Nanoton LEAST_BALANCE = Nanoton.ofTon("2.1");

    private static final int MAX_ORDERS = 4;
    private static final int SUBWALLET = 0;
    private static final int WITH_BOUNCE = 0x18;
    private static final int WITHOUT_BOUNCE = 0x10;

    /** What stands between value and init: no currencies, no fees yet, no times yet. */
    private static final int ZERO_BITS = 105;

    private final Ed25519Key key;
    private final Address owner;
    private final Optional<Cell> code;
    private final Address address;

    private CocoonWallet(Ed25519Key key, Address owner, Optional<Cell> code, Address address) {
        this.key = key;
        this.owner = owner;
        this.code = code;
        this.address = address;
    }

    /** Is the wallet with the network's code, which must exist already. */
    public static CocoonWallet existing(Ed25519Key key, Address owner) {
        return new CocoonWallet(key, owner, Optional.empty(), ContractAddresses.cocoonWallet(key.publicKey(), owner));
    }

    /** Is the wallet with this code; its first message deploys it. */
    public static CocoonWallet withCode(Ed25519Key key, Address owner, Cell code) {
        return new CocoonWallet(key, owner, Optional.of(code), ContractAddresses.wallet(code, key.publicKey(), owner));
    }

    @Override
    public Address address() {
        return address;
    }

    /** Returns who can take everything out without the key. */
    public Address owner() {
        return owner;
    }

    @Override
    public int maxOrders() {
        return MAX_ORDERS;
    }

    @Override
    public Nanoton leastBalance() {
        return LEAST_BALANCE;
    }

    @Override
    public int seqno(AccountState account) throws CellException {
        if (account.data().isEmpty()) {
            return 0;
        }
        ContractData.Wallet wallet = ContractData.Wallet.read(account.data().get());
        if (wallet.blocked()) {
            throw new CellException(
                    "its owner " + wallet.owner() + " has blocked the node's key; the owner can unblock it");
        }
        return wallet.seqno();
    }

    @Override
    public SignedExternal sign(int seqno, Instant validUntil, List<Order> orders, boolean deploy) {
        if (orders.isEmpty() || orders.size() > MAX_ORDERS) {
            throw new IllegalArgumentException("a message holds 1 to " + MAX_ORDERS + " orders, got " + orders.size());
        }
        CellBuilder unsigned = new CellBuilder()
                .storeUint(SUBWALLET, 32)
                .storeUint(validUntil.getEpochSecond(), 32)
                .storeUint(Integer.toUnsignedLong(seqno), 32);
        for (Order order : orders) {
            unsigned.storeUint(mode(order), 8).storeRef(message(order));
        }
        Cell signed = unsigned.build();
        CellBuilder body = new CellBuilder().storeBytes(key.sign(signed.hash().toBytes()));
        try {
            body.storeSlice(signed.beginParse());
        } catch (CellException e) {
            throw new IllegalStateException("an ordinary cell can be read", e);
        }
        Cell whole = body.build();
        return new SignedExternal(external(whole, deploy), whole.hash());
    }

    private Cell external(Cell body, boolean deploy) {
        CellBuilder out =
                new CellBuilder().storeUint(0b1000, 4).storeAddress(address).storeCoins(Nanoton.ZERO);
        out.storeBit(deploy);
        if (deploy) {
            Cell deployed = code.orElseThrow(() -> new IllegalStateException(
                    "wallet " + address + " does not exist yet, and its code is not known here: deploy it with the"
                            + " network's own programs, or give the code (withCode)"));
            out.storeBit(true)
                    .storeRef(StateInit.cell(
                            deployed, new ContractData.Wallet(0, SUBWALLET, key.publicKey(), false, owner).toCell()));
        }
        return out.storeBit(true).storeRef(body).build();
    }

    /** Notifications of 1 nanoton pay their fees apart, everything else out of what it carries. */
    static int mode(Order order) {
        return order.value().value() > 1 ? 0 : 1;
    }

    /** Returns the cell of a message (dossier 8.2). It bounces, unless it deploys. */
    static Cell message(Order order) {
        CellBuilder out = new CellBuilder()
                .storeUint(order.init().isPresent() ? WITHOUT_BOUNCE : WITH_BOUNCE, 6)
                .storeAddress(order.to())
                .storeCoins(order.value())
                .storeUint(0, ZERO_BITS - 64)
                .storeUint(0, 64);
        order.init().ifPresentOrElse(init -> out.storeUint(0b11, 2).storeRef(init), () -> out.storeBit(false));
        order.body().ifPresentOrElse(body -> out.storeBit(true).storeRef(body), () -> out.storeBit(false));
        return out.build();
    }
}
