package io.cocoon.client;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.wallet.CocoonWallet;
import io.cocoon.ton.wallet.WalletSigner;
import java.util.Base64;
import java.util.Optional;

/**
 * Who the client is on the chain: the address of its Cocoon wallet, which owns the client contracts.
 *
 * <p>Immutable and thread-safe. An address is all that a client needs to use a contract that exists; whoever is to open, top up
 * and close channels needs the key too. A key is never printed.
 */
public final class Wallet {

    private final Address address;
    private final Optional<WalletSigner> signer;

    private Wallet(Address address, Optional<WalletSigner> signer) {
        this.address = address;
        this.signer = signer;
    }

    /** Is any wallet with its key: a Cocoon wallet that does not exist yet with its code, or another kind. */
    public static Wallet of(WalletSigner signer) {
        return new Wallet(signer.address(), Optional.of(signer));
    }

    /** Is the Cocoon wallet with this address, in any text form. */
    public static Wallet ofAddress(String address) {
        return new Wallet(Address.parse(address), Optional.empty());
    }

    /** Is the Cocoon wallet with this address. */
    public static Wallet ofAddress(Address address) {
        return new Wallet(address, Optional.empty());
    }

    /**
     * Is the Cocoon wallet of a node key, as the reference's {@code node_wallet_key} and {@code owner_address} name it. To send
     * anything it must exist already.
     *
     * @param nodeKey base64 of the 32-byte Ed25519 seed
     * @param owner the address that the money belongs to, in any text form
     */
    public static Wallet ofNodeKey(String nodeKey, String owner) {
        byte[] seed;
        try {
            seed = Base64.getDecoder().decode(nodeKey);
        } catch (IllegalArgumentException e) {
            // Without the cause: its message quotes a character of the key.
            throw new IllegalArgumentException("a node key is base64 of 32 bytes; this is not base64");
        }
        if (seed.length != Int256.BYTES) {
            throw new IllegalArgumentException("a node key is base64 of 32 bytes, got " + seed.length + " bytes");
        }
        return of(CocoonWallet.existing(Ed25519Key.fromSeed(Int256.of(seed)), Address.parse(owner)));
    }

    /** Returns the Cocoon wallet's address. */
    public Address address() {
        return address;
    }

    /** Returns what signs for it; empty if only the address is known. */
    Optional<WalletSigner> signer() {
        return signer;
    }

    @Override
    public String toString() {
        return address.toString();
    }
}
