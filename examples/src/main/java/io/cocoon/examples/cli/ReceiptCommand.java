package io.cocoon.examples.cli;

import io.cocoon.client.receipt.ReceiptReport;
import io.cocoon.client.receipt.ReceiptVerifier;
import io.cocoon.examples.Running;
import io.cocoon.store.DiskFailure;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code verify receipt}: what a receipt proves, without the network. */
@Command(
        name = "receipt",
        mixinStandardHelpOptions = true,
        description = "Says what a receipt proves, and whose word the rest is. Needs no network.",
        footer = {
            "",
            "Exit code 0: consistent; 1: something does not hold; 2: no receipt that can be read.",
            "",
            "  cocoon chat --network test --receipts receipts \"What is Cocoon?\"",
            "  cocoon verify receipt receipts/0000000001-*.json"
        })
final class ReceiptCommand implements Callable<Integer> {

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Parameters(paramLabel = "FILE", description = "The receipt.")
    private Path file = Path.of("");

    @Option(
            names = "--request",
            paramLabel = "FILE",
            description = "The exact body that was sent, to compare it; needs the salt beside the receipt.")
    private @Nullable Path request;

    @Option(names = "--answer", paramLabel = "FILE", description = "The exact body of the answer, likewise.")
    private @Nullable Path answer;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        try {
            ReceiptReport report = ReceiptVerifier.verify(file, read(request), read(answer));
            out.println(report);
            return report.isConsistent() ? Running.FINE : Running.FAILED;
        } catch (IOException e) {
            spec.commandLine()
                    .getErr()
                    .println("could not tell whether " + file + " is consistent: " + DiskFailure.inWords(e));
            return Running.COULD_NOT_TELL;
        }
    }

    private static Optional<byte[]> read(@Nullable Path body) throws IOException {
        return body == null ? Optional.empty() : Optional.of(Files.readAllBytes(body));
    }
}
