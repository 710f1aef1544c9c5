package io.cocoon.ton4j;

import com.iwebpp.crypto.TweetNaclFast;
import io.cocoon.crypto.Ed25519Key;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.cell.CellSlice;
import io.cocoon.ton.wallet.PlainWallet;
import io.cocoon.ton.wallet.WalletSigner;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.ton.ton4j.mnemonic.Mnemonic;
import org.ton.ton4j.mnemonic.Pair;
import org.ton.ton4j.smartcontract.wallet.Contract;
import org.ton.ton4j.smartcontract.wallet.v3.WalletV3R2;
import org.ton.ton4j.smartcontract.wallet.v4.WalletV4R2;
import org.ton.ton4j.smartcontract.wallet.v5.WalletV5;

/**
 * Makes signers of the wallets that an application has in ton4j, and keys of its mnemonics. Pure functions.
 *
 * <p>A signer has the wallet's address, key, id and code, so its first message deploys the wallet. It puts its messages together by
 * itself and does not ask ton4j to, which cannot send with mode 0, takes one order in a message of versions 3 and 4, and in
 * version 5 puts the wallet's own code into every message that it sends. What both can say has the same bytes, and tests compare them.
 */
public final class Ton4jWallets {

    private Ton4jWallets() {}

    /**
     * Returns a signer for a wallet of version 3, revision 2.
     *
     * @throws IllegalArgumentException if it has no key, is not in workchain 0, or is another contract than it says
     */
    public static WalletSigner of(WalletV3R2 wallet) {
        PlainWallet ours =
                PlainWallet.v3r2(key(wallet.getKeyPair()), code(wallet)).withId(id(wallet, 0));
        return same(ours, wallet);
    }

    /** Returns a signer for a wallet of version 4, revision 2. Rules as for {@link #of(WalletV3R2)}. */
    public static WalletSigner of(WalletV4R2 wallet) {
        PlainWallet ours =
                PlainWallet.v4r2(key(wallet.getKeyPair()), code(wallet)).withId(id(wallet, 0));
        return same(ours, wallet);
    }

    /**
     * Returns a signer for a wallet of version 5, revision 1, which must let its key sign and must not be deployed as a library.
     * Rules as for {@link #of(WalletV3R2)}.
     */
    public static WalletSigner of(WalletV5 wallet) {
        PlainWallet ours = PlainWallet.v5r1(key(wallet.getKeyPair()), PlainWallet.MAIN_NETWORK, code(wallet))
                .withId(id(wallet, 1));
        return same(ours, wallet);
    }

    /**
     * Returns the key of a mnemonic without a password.
     *
     * @throws IllegalArgumentException if it is none; the message does not show it
     */
    public static Ed25519Key key(List<String> words) {
        return key(words, "");
    }

    /**
     * Returns the key of a mnemonic.
     *
     * @param password empty if there is none
     * @throws IllegalArgumentException if it is none, or the password is another; the message does not show them
     */
    public static Ed25519Key key(List<String> words, String password) {
        try {
            if (!Mnemonic.isValid(words, password)) {
                throw new IllegalArgumentException("these " + words.size()
                        + " words are no mnemonic of TON, or their password is another one; wanted are usually 24 lower-case"
                        + " words of its list");
            }
            Pair pair = Mnemonic.toKeyPair(words, password);
            return checked(Arrays.copyOf(pair.getSecretKey(), Int256.BYTES), pair.getPublicKey());
        } catch (NoSuchAlgorithmException | InvalidKeyException e) {
            throw new IllegalStateException("every Java platform has HMAC with SHA-512", e);
        }
    }

    private static Ed25519Key key(TweetNaclFast.Signature.@Nullable KeyPair pair) {
        if (pair == null) {
            throw new IllegalArgumentException("this wallet has no key pair, so it cannot sign; build it with one");
        }
        // The seed, then the public half.
        return checked(Arrays.copyOf(pair.getSecretKey(), Int256.BYTES), pair.getPublicKey());
    }

    private static Ed25519Key checked(byte[] seed, byte[] publicKey) {
        Ed25519Key key = Ed25519Key.fromSeed(Int256.of(seed));
        if (!key.publicKey().equals(Int256.of(publicKey))) {
            throw new IllegalArgumentException("the private half of this key does not belong to its public half "
                    + Int256.of(publicKey).toHex());
        }
        return key;
    }

    private static Optional<Cell> code(Contract wallet) {
        try {
            return Optional.of(Ton4j.cell(wallet.createCodeCell()));
        } catch (CellException e) {
            throw new IllegalArgumentException("the code of this wallet cannot be read: " + e.getMessage(), e);
        }
    }

    /** Reads it from what the wallet starts with: where ton4j has a method of that name, it may ask the chain. @param flags before it */
    private static int id(Contract wallet, int flags) {
        try {
            CellSlice data = Ton4j.cell(wallet.createDataCell()).beginParse();
            data.skip(flags + 32); // number of the next message
            return (int) data.loadUint(32);
        } catch (CellException e) {
            throw new IllegalArgumentException("the data of this wallet cannot be read: " + e.getMessage(), e);
        }
    }

    /** The address says all: whoever has another id, workchain, code or data has another one. */
    private static WalletSigner same(PlainWallet ours, Contract theirs) {
        String address = Ton4j.address(theirs.getAddress()).toString();
        if (!ours.address().toString().equals(address)) {
            throw new IllegalArgumentException("the wallet " + theirs.getName() + " of ton4j has address " + address
                    + ", and with its key, id and code it would be " + ours.address()
                    + "; wanted is one in workchain 0 that its key may sign for and that is not a library");
        }
        return ours;
    }
}
