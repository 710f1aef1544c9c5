package io.cocoon.examples.cli;

import io.cocoon.client.CocoonClient;
import io.cocoon.client.Diagnosis;
import io.cocoon.examples.Running;
import io.cocoon.tl.Int256;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Clock;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Checks everything before money or hardware is committed. */
@Command(
        name = "doctor",
        mixinStandardHelpOptions = true,
        description = {
            "Checks everything before money or hardware is committed, and says what to do about each finding.",
            "A client: chain, root contract, prices, funds, the way back, proxies, their evidence. Opens no channel;"
                    + " one that is open already is kept as --limit allows.",
            "A worker (--worker): chain, root contract, prices, image and model against its lists, own evidence, model, memory."
        },
        footer = {
            "",
            "Exit codes: 0 nothing to do; 3 warnings only; 1 something critical, or a critical check that could not be made;",
            "            2 the network could not be looked at, or wrong arguments.",
            "",
            "  cocoon doctor --network test",
            "  cocoon doctor --key-file node.key --limit 20",
            "  cocoon doctor --worker --image-hash HEX --quote quote.bin --model Qwen/Qwen3-8B@COMMIT:HASH --model-folder FOLDER"
        })
final class DoctorCommand implements Callable<Integer> {

    /** What a worker's owner can show. */
    static final class OfWorker {

        @Option(names = "--worker", required = true, description = "Look with the eyes of a worker's owner.")
        private boolean asked;

        @Option(
                names = "--image-hash",
                paramLabel = "HEX",
                description =
                        "The image that the worker's machine runs; by default that of this machine, if it is a TDX guest.")
        private @Nullable String imageHash;

        @Option(names = "--model", paramLabel = "NAME", description = "The full name of the model, base@commit:hash.")
        private @Nullable String model;

        @Option(names = "--quote", paramLabel = "FILE", description = "A TDX quote of the machine.")
        private @Nullable Path quote;

        @Option(
                names = "--collateral",
                paramLabel = "FOLDER",
                description = "Take collateral from here instead of asking Intel.")
        private @Nullable Path collateral;

        @Option(
                names = "--model-folder",
                paramLabel = "FOLDER",
                description = "Load this model with the built-in engine and let it say a word.")
        private @Nullable Path modelFolder;

        @Option(names = "--upstream", paramLabel = "URL", description = "Ask this model server whether it is there.")
        private java.net.@Nullable URI upstream;
    }

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Mixin
    private ClientOptions client = new ClientOptions();

    @ArgGroup(exclusive = false, heading = "For workers:%n")
    private @Nullable OfWorker ofWorker;

    private static Int256 hash(String text) {
        if (!text.matches("[0-9a-fA-F]{64}")) {
            throw new IllegalArgumentException("--image-hash is 64 hexadecimal digits, got '" + text + "'");
        }
        return Int256.fromHex(text);
    }

    @Override
    public Integer call() throws Exception {
        PrintWriter out = spec.commandLine().getOut();
        if (ofWorker == null || !ofWorker.asked) {
            client.check(ClientOptions.Use.JUDGE);
        }
        Diagnosis found;
        try (OpenNetwork open = OpenNetwork.open(client.network, out)) {
            OfWorker worker = ofWorker;
            if (worker != null && worker.asked) {
                found = new WorkerDoctor(open.contracts(), Clock.systemUTC())
                        .lists(worker.imageHash == null ? null : hash(worker.imageHash), worker.model)
                        .quote(worker.quote, worker.collateral)
                        .engine(worker.modelFolder, worker.upstream)
                        .diagnosis();
            } else {
                try (CocoonClient cocoon =
                        client.client(open, ClientOptions.Use.JUDGE, out).build()) {
                    found = cocoon.doctor();
                }
            }
        }
        out.println(found);
        return switch (found.worst()) {
            case NOTE -> Running.FINE;
            case WARNING -> Running.WARNINGS;
            case CRITICAL -> Running.FAILED;
        };
    }
}
