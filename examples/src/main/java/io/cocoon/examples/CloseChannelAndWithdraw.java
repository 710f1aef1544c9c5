package io.cocoon.examples;

import io.cocoon.client.Channel;
import io.cocoon.client.CocoonClient;
import io.cocoon.payment.Nanoton;
import io.cocoon.testkit.TestNetwork;
import java.io.PrintStream;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

// The way back of a channel's money: first what is above the stake, while the channel stays in use; then everything,
// for good.
//
//     examples/run CloseChannelAndWithdraw
//
// A network with a chain and contracts in this JVM, about fifteen seconds. On the main network the same calls take as
// long as
// its blocks, and the network's delay for clients if the proxy does not help: print ExitPlan before you deposit.

/** See the comment above. */
public final class CloseChannelAndWithdraw {

    private CloseChannelAndWithdraw() {}

    public static void main(String[] args) throws Exception {
        run(System.out);
    }

    static void run(PrintStream out) throws Exception {
        try (TestNetwork network = Endings.network(Duration.ZERO).start();
                CocoonClient cocoon = network.clientBuilder()
                        .channels(Endings.channel(network).onPlan(out::println)) // how it comes back, before it goes in
                        .build()) {
            Nanoton spent = ask(cocoon, network);
            Channel channel = cocoon.channels().all().get(0);
            out.println("\nOpen: " + channel);

            out.println("Withdraw: " + channel.withdraw().get(60, TimeUnit.SECONDS));
            spent = spent.plus(ask(cocoon, network)); // the channel is still there

            out.println("Close: " + channel.close().get(60, TimeUnit.SECONDS));
            out.println(spent + " of " + Endings.DEPOSIT + " were spent; channels left: "
                    + cocoon.channels().all().size());
        }
    }

    private static Nanoton ask(CocoonClient cocoon, TestNetwork network) {
        return cocoon.chat(network.model())
                .user("How much is this?")
                .maxTokens(Endings.MAX_TOKENS)
                .send()
                .bill()
                .total();
    }
}
