package io.cocoon.ton4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.iwebpp.crypto.TweetNaclFast;
import io.cocoon.crypto.Ed25519Key;
import io.cocoon.payment.Nanoton;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.StateInit;
import io.cocoon.ton.chain.Message;
import io.cocoon.ton.chain.MessageCodec;
import io.cocoon.ton.wallet.Order;
import io.cocoon.ton.wallet.PlainWallet;
import io.cocoon.ton.wallet.WalletSigner;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.crypto.digests.SHA512Digest;
import org.bouncycastle.crypto.generators.PKCS5S2ParametersGenerator;
import org.bouncycastle.crypto.params.KeyParameter;
import org.junit.jupiter.api.Test;
import org.ton.ton4j.mnemonic.Mnemonic;
import org.ton.ton4j.smartcontract.wallet.v3.WalletV3R2;
import org.ton.ton4j.smartcontract.wallet.v4.WalletV4R2;
import org.ton.ton4j.smartcontract.wallet.v5.WalletV5;

class Ton4jWalletsTest {

    private static final Int256 SEED = Int256.fromHex("22".repeat(32));
    private static final Ed25519Key KEY = Ed25519Key.fromSeed(SEED);
    private static final long FIRST_ID = 698983191;
    private static final long MAIN_NETWORK_ID = 2147483409L;

    private static TweetNaclFast.Signature.KeyPair pair() {
        return TweetNaclFast.Signature.keyPair_fromSeed(SEED.toByteArray());
    }

    private static WalletV3R2 v3() {
        return WalletV3R2.builder().keyPair(pair()).walletId(FIRST_ID).build();
    }

    private static WalletV4R2 v4() {
        return WalletV4R2.builder().keyPair(pair()).walletId(FIRST_ID).build();
    }

    private static WalletV5.WalletV5Builder v5() {
        return WalletV5.builder().keyPair(pair()).walletId(MAIN_NETWORK_ID).isSigAuthAllowed(true);
    }

    @Test
    void should_have_the_addresses_that_the_wallets_have_in_ton4j_and_elsewhere() {
        assertThat(Ton4jWallets.of(v3()).address().toText(false))
                .isEqualTo(v3().getAddress().toNonBounceable())
                .isEqualTo("UQA9ZlWBfLGg7yQ4sXynzdTBjJAWJWdUEdOFv6S-0DcXlRR7");
        assertThat(Ton4jWallets.of(v4()).address().toText(false))
                .isEqualTo("UQAUGur5EsUnRjaGADHOuNpsaTgto82lGpzbfyLm11ymwHON");
        assertThat(Ton4jWallets.of(v5().build()).address().toText(false))
                .isEqualTo("UQC9rVYftQutjD6pxHKHfrISz1EoyQLeF95ZNP1ovFGRlMRo");
    }

    @Test
    void should_keep_the_ids_of_other_wallets_of_a_key() {
        WalletV4R2 second =
                WalletV4R2.builder().keyPair(pair()).walletId(FIRST_ID + 1).build();
        assertThat(Ton4jWallets.of(second).address()).isEqualTo(Ton4j.address(second.getAddress()));
        // What people get who forget to set the id that version 5 has.
        WalletV5 odd = v5().walletId(FIRST_ID).build();
        assertThat(Ton4jWallets.of(odd).address()).isEqualTo(Ton4j.address(odd.getAddress()));
    }

    @Test
    void should_deploy_with_the_code_that_ton4j_has() throws Exception {
        for (WalletSigner wallet :
                List.of(Ton4jWallets.of(v3()), Ton4jWallets.of(v4()), Ton4jWallets.of(v5().build()))) {
            Message message = MessageCodec.read(wallet.sign(0, Instant.ofEpochSecond(99), List.of(order()), true)
                    .message());
            assertThat(message.destination()).contains(wallet.address());
            assertThat(StateInit.read(message.init().orElseThrow()).address()).isEqualTo(wallet.address());
        }
    }

    @Test
    void should_sign_several_orders_at_once_as_our_own_wallet_does() {
        List<Order> orders = Collections.nCopies(4, order());
        PlainWallet ours = PlainWallet.v4r2(KEY, Optional.empty());
        assertThat(Ton4jWallets.of(v4())
                        .sign(3, Instant.ofEpochSecond(99), orders, false)
                        .message())
                .isEqualTo(
                        ours.sign(3, Instant.ofEpochSecond(99), orders, false).message());
        assertThat(Ton4jWallets.of(v3()).maxOrders()).isEqualTo(4);
        assertThat(Ton4jWallets.of(v5().build()).maxOrders()).isEqualTo(255);
    }

    @Test
    void should_refuse_wallets_that_it_could_not_sign_for() {
        assertThatThrownBy(() -> Ton4jWallets.of(WalletV3R2.builder()
                        .keyPair(pair())
                        .walletId(FIRST_ID)
                        .wc(-1)
                        .build()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("wanted is one in workchain 0");
        assertThatThrownBy(() -> Ton4jWallets.of(v5().isSigAuthAllowed(false).build()))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Ton4jWallets.of(v5().deployAsLibrary(true).build()))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Ton4jWallets.of(WalletV4R2.builder()
                        .publicKey(KEY.publicKey().toByteArray())
                        .walletId(FIRST_ID)
                        .build()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no key pair");
    }

    @Test
    void should_make_the_key_of_a_mnemonic() throws Exception {
        List<String> words = Mnemonic.generate(24);
        assertThat(Ton4jWallets.key(words).publicKey())
                .isEqualTo(keyOf(words, "").publicKey());

        List<String> locked = Mnemonic.generate(12, "a password");
        assertThat(Ton4jWallets.key(locked, "a password").seed())
                .isEqualTo(keyOf(locked, "a password").seed());
    }

    @Test
    void should_refuse_what_is_no_mnemonic_without_showing_it() throws Exception {
        List<String> words = new ArrayList<>(Mnemonic.generate(24));
        words.set(3, "jabberwock");
        assertThatThrownBy(() -> Ton4jWallets.key(words))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("24 words")
                .message()
                .doesNotContain("jabberwock")
                .doesNotContain(words.get(0) + " ");
    }

    /** The rule of TON's mnemonics, by other libraries: HMAC of the words, then PBKDF2 with a salt that says what for. */
    private static Ed25519Key keyOf(List<String> words, String password) throws Exception {
        Mac mac = Mac.getInstance("HmacSHA512");
        mac.init(new SecretKeySpec(String.join(" ", words).getBytes(StandardCharsets.UTF_8), "HmacSHA512"));
        byte[] entropy = mac.doFinal(password.getBytes(StandardCharsets.UTF_8));
        PKCS5S2ParametersGenerator generator = new PKCS5S2ParametersGenerator(new SHA512Digest());
        generator.init(entropy, "TON default seed".getBytes(StandardCharsets.UTF_8), 100_000);
        KeyParameter seed = (KeyParameter) generator.generateDerivedParameters(256);
        return Ed25519Key.fromSeed(Int256.of(seed.getKey()));
    }

    private static Order order() {
        return new Order(
                Int256.ZERO,
                new Address(0, Int256.fromHex("ab".repeat(32))),
                Nanoton.ofTon("1"),
                Optional.empty(),
                Optional.empty());
    }
}
