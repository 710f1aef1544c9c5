package io.cocoon.examples;

import io.cocoon.client.Bill;
import io.cocoon.client.ChatStream;
import io.cocoon.client.CocoonClient;
import io.cocoon.testkit.TestNetwork;
import io.cocoon.worker.WorkerRuntime;
import java.io.PrintStream;
import java.time.Duration;

// Stops an answer in the middle, and shows what was charged: what the worker had used by then, and no more.
//
//     examples/run CancelAndSeeTheBill
//
// A network in this JVM, about ten seconds. Prints the first words, the bill of the cancelled answer, and that the
// worker
// stopped. With a C++ proxy the bill would be that of the whole answer: the protocol has no way to stop a query, and
// only
// ours understand the message that we added (docs/architecture.md).

/** See the comment above. */
public final class CancelAndSeeTheBill {

    private CancelAndSeeTheBill() {}

    public static void main(String[] args) throws InterruptedException {
        run(System.out);
    }

    static void run(PrintStream out) throws InterruptedException {
        try (TestNetwork network = Endings.network(Duration.ofMillis(100)).start();
                CocoonClient cocoon = network.clientBuilder()
                        .channels(Endings.channel(network))
                        .build()) {
            WorkerRuntime worker = network.workers().get(0);
            Bill bill;
            try (ChatStream stream =
                    cocoon.chat(network.model()).user("Tell me a long story.").maxTokens(Endings.MAX_TOKENS).stream()) {
                Endings.firstWords(stream, 5, out);
                stream.close(); // this cancels; leaving the block would do the same
                bill = stream.bill(); // waits up to five seconds for the proxy's word
            }
            out.println("Bill: " + bill);
            Endings.until("the worker stops", () -> worker.status().cancelled() == 1);
            out.println("Cancelled after 5 words: charged " + bill.total() + ", " + bill.status()
                    + "; the worker stopped.");
        }
    }
}
