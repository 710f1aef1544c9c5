package io.cocoon.examples;

import io.cocoon.client.CocoonClient;
import io.cocoon.testkit.TestNetwork;
import io.cocoon.worker.ChatEngine;
import io.cocoon.worker.InferenceEngine;
import java.io.PrintStream;
import java.util.Locale;

// A worker inside an application, with an engine of the application's own: a network in this JVM, one question, and the
// end.
//
//     examples/run EmbeddedWorker
//
// Prints: DOES ANYBODY HEAR ME?
//
// To serve a real network with a model folder or a model server, no code is needed: 'cocoon worker --help'. To do it
// from
// code: WorkerRuntime.builder(), as in the README.

/** See the comment above. */
public final class EmbeddedWorker {

    private EmbeddedWorker() {}

    public static void main(String[] args) {
        run(System.out);
    }

    static void run(PrintStream out) {
        try (TestNetwork network =
                        TestNetwork.builder().engine(EmbeddedWorker::shouting).start();
                CocoonClient cocoon = network.newClient()) {
            out.println(cocoon.chat(network.model())
                    .user("does anybody hear me?")
                    .send()
                    .text());
        }
    }

    /** The engine: answers in capital letters, a word at a time. All of it. */
    private static InferenceEngine shouting() {
        return ChatEngine.of((request, out) -> {
            for (String word : request.lastUserText().toUpperCase(Locale.ROOT).split("(?<= )")) {
                if (!out.emit(word)) {
                    return; // nobody listens any more
                }
            }
        });
    }
}
