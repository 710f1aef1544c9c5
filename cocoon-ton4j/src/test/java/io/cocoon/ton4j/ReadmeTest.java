package io.cocoon.ton4j;

import static org.assertj.core.api.Assertions.assertThat;

import com.iwebpp.crypto.TweetNaclFast;
import io.cocoon.crypto.Ed25519Key;
import io.cocoon.payment.Nanoton;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.chain.MessageCodec;
import io.cocoon.ton.chain.TonChain;
import io.cocoon.ton.wallet.Order;
import io.cocoon.ton.wallet.WalletSigner;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.ton.ton4j.mnemonic.Mnemonic;
import org.ton.ton4j.smartcontract.wallet.v4.WalletV4R2;
import org.ton.ton4j.toncenter.TonCenter;

/** The code in the README of this module compiles, runs, and is what stands there. */
class ReadmeTest {

    @Test
    void what_the_readme_shows_works() throws Exception {
        TweetNaclFast.Signature.KeyPair keys = TweetNaclFast.Signature.keyPair_fromSeed(new byte[32]);
        Int256 id = Int256.ZERO;
        Address contract = new Address(0, Int256.fromHex("11".repeat(32)));
        int seqno = 1;
        Instant validUntil = Instant.ofEpochSecond(99);
        List<String> words = Mnemonic.generate(24);
        TonCenter client = TonCenter.builder().testnet().build();

        WalletV4R2 wallet =
                WalletV4R2.builder().keyPair(keys).walletId(698983191).build(); // as you have it
        WalletSigner signer = Ton4jWallets.of(wallet); // v3r2, v4r2, v5r1: for a WalletSender
        Order order = new Order(id, contract, Nanoton.ofTon("5.7"), Optional.empty(), Optional.empty());
        Cell message = signer.sign(seqno, validUntil, List.of(order), false).message();

        Ed25519Key key = Ton4jWallets.key(words); // the key of a mnemonic
        org.ton.ton4j.cell.Cell theirs = Ton4j.cell(message); // and back with the same method
        TonChain chain = Ton4jChain.of(client, false, Duration.ofMinutes(1), Clock.systemUTC());

        chain.close();
        client.close();
        assertThat(MessageCodec.read(Ton4j.cell(theirs)).destination()).contains(signer.address());
        assertThat(key.publicKey())
                .isEqualTo(Int256.of(Mnemonic.toKeyPair(words).getPublicKey()));
    }

    @Test
    void the_readme_shows_what_is_tested() throws Exception {
        String readme = Files.readString(Path.of("README.md"));
        String source = withoutSpaces(Files.readString(Path.of("src/test/java/io/cocoon/ton4j/ReadmeTest.java")));
        String block = readme.substring(readme.indexOf("```java") + 7, readme.lastIndexOf("```"));
        assertThat(block.lines().filter(line -> !line.isBlank()))
                .hasSize(7)
                .allSatisfy(line -> assertThat(source).contains(withoutSpaces(line)));
    }

    private static String withoutSpaces(String code) {
        return code.replaceAll("\\s+", "");
    }
}
