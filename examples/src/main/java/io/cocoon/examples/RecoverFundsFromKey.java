package io.cocoon.examples;

import io.cocoon.client.ChannelRecovery;
import io.cocoon.client.ChannelSettings;
import io.cocoon.client.CocoonClient;
import io.cocoon.client.Network;
import io.cocoon.client.Wallet;
import io.cocoon.crypto.Ed25519Key;
import io.cocoon.testkit.TestNetwork;
import io.cocoon.testkit.chain.LocalAccess;
import io.cocoon.testkit.chain.LocalChain;
import io.cocoon.testkit.contracts.ContractCode;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.wallet.CocoonWallet;
import java.io.PrintStream;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

// The application's folder is lost, and with it the list of channels and their secret. What is left is the key: from
// that and
// the chain alone every channel is found, and everything in it comes back.
//
//     examples/run RecoverFundsFromKey
//
// A network with a chain and contracts in this JVM, about fifteen seconds. On a real network: 'cocoon channel recover
// --run'.

/** See the comment above. */
public final class RecoverFundsFromKey {

    private RecoverFundsFromKey() {}

    public static void main(String[] args) throws Exception {
        run(System.out);
    }

    static void run(PrintStream out) throws Exception {
        SecureRandom random = new SecureRandom();
        Ed25519Key key = Ed25519Key.generate(random);
        Address owner = new Address(0, Ed25519Key.generate(random).publicKey()); // a wallet of yours
        try (TestNetwork test = Endings.network(Duration.ZERO).start()) {
            LocalChain chain = test.localChain().orElseThrow();
            LocalAccess access = test.chainAccess().orElseThrow();
            Network network = Network.of(test.contracts(), access);
            CocoonWallet wallet =
                    CocoonWallet.withCode(key, owner, ContractCode.current().wallet());
            chain.fund(wallet.address(), io.cocoon.payment.Nanoton.ofTon("50"));

            ChannelSettings settings = Endings.channel(test);
            try (CocoonClient cocoon = test.clientBuilder()
                    .network(network)
                    .wallet(Wallet.of(wallet))
                    .channels(settings)
                    .build()) {
                out.println("Spent: "
                        + cocoon.chat(test.model())
                                .user("Hello?")
                                .maxTokens(Endings.MAX_TOKENS)
                                .send()
                                .bill()
                                .total());
            }
            Endings.delete(settings.folder());
            out.println("The folder " + settings.folder().getFileName() + " is gone.");

            ChannelRecovery.Settings usual = ChannelRecovery.Settings.DEFAULT;
            try (ChannelRecovery recovery = ChannelRecovery.open(
                    network,
                    Wallet.of(wallet),
                    // Only the pace is the local chain's; a real network wants the default.
                    new ChannelRecovery.Settings(
                            usual.patience(), Duration.ofMillis(100), usual.clock(), usual.onAlarm()))) {
                out.println("Found: " + recovery.scan().get(60, TimeUnit.SECONDS));
                out.println("Recovered: " + recovery.run().get(60, TimeUnit.SECONDS));
            }
        }
    }
}
