package io.cocoon.examples;

import io.cocoon.client.ChatChunk;
import io.cocoon.client.ChatReply;
import io.cocoon.client.ChatStream;
import io.cocoon.client.CocoonClient;
import io.cocoon.client.CocoonException;
import io.cocoon.proxy.ProxyServer;
import io.cocoon.testkit.TestNetwork;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Iterator;

// A proxy ends in the middle of an answer. The stream fails soon and says so, the bill says what is known, and the next
// question goes to another proxy by itself.
//
//     examples/run ProxyDiesMidStream
//
// A network with two proxies in this JVM, about fifteen seconds. The client does not ask again by itself here: a part
// of the
// answer came, so it may have been charged, and whether a second answer is worth paying for is the application's
// decision.

/** See the comment above. */
public final class ProxyDiesMidStream {

    private ProxyDiesMidStream() {}

    public static void main(String[] args) throws InterruptedException {
        run(System.out);
    }

    static void run(PrintStream out) throws InterruptedException {
        try (TestNetwork network =
                        Endings.network(Duration.ofMillis(100)).proxies(2).start();
                CocoonClient cocoon = network.clientBuilder()
                        .channels(Endings.channel(network).firstDeposit(Endings.STAKE))
                        .build()) {
            String dead = null;
            try (ChatStream stream = ask(cocoon, network).stream()) {
                Iterator<ChatChunk> rest = Endings.firstWords(stream, 3, out);
                dead = stream.attestation().proxy();
                out.println("Proxy " + dead + " ends now.");
                proxy(network, dead).close();
                try {
                    while (rest.hasNext()) {
                        rest.next();
                    }
                } catch (CocoonException e) {
                    out.println(e.getClass().getSimpleName() + ": " + e.getMessage());
                }
                out.println("Known of its bill: " + stream.bill());
            }
            ChatReply again = ask(cocoon, network).send();
            out.println("Asked again, answered by another proxy: "
                    + !again.attestation().proxy().equals(dead) + ", for "
                    + again.bill().total());
        }
    }

    private static io.cocoon.client.ChatRequest ask(CocoonClient cocoon, TestNetwork network) {
        return cocoon.chat(network.model()).user("Tell me a long story.").maxTokens(Endings.MAX_TOKENS);
    }

    private static ProxyServer proxy(TestNetwork network, String address) {
        return network.proxies().stream()
                .filter(each -> address.endsWith(":" + each.clientAddress().getPort()))
                .findFirst()
                .orElseThrow();
    }
}
