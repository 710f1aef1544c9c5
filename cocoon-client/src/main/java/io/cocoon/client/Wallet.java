package io.cocoon.client;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.contract.ContractAddresses;
import java.util.Base64;

/**
 * Who the client is on the chain: the address of its Cocoon wallet, which owns the client contracts.
 *
 * <p>Immutable and thread-safe. The private key of a node key is not kept: an address is all that a client needs to use a
 * contract that exists.
 */
public final class Wallet {

    private final Address address;

    private Wallet(Address address) {
        this.address = address;
    }

    /** Is the Cocoon wallet with this address, in any text form. */
    public static Wallet ofAddress(String address) {
        return new Wallet(Address.parse(address));
    }

    /** Is the Cocoon wallet with this address. */
    public static Wallet ofAddress(Address address) {
        return new Wallet(address);
    }

    /**
     * Is the Cocoon wallet of a node key, as the reference's {@code node_wallet_key} and {@code owner_address} name it.
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
        Int256 publicKey = Ed25519Key.fromSeed(Int256.of(seed)).publicKey();
        return new Wallet(ContractAddresses.cocoonWallet(publicKey, Address.parse(owner)));
    }

    /** Returns the Cocoon wallet's address. */
    public Address address() {
        return address;
    }

    @Override
    public String toString() {
        return address.toString();
    }
}
