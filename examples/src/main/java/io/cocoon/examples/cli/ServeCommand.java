package io.cocoon.examples.cli;

import io.cocoon.client.CocoonClient;
import io.cocoon.examples.Running;
import io.cocoon.http.LocalPort;
import io.cocoon.http.LocalPortBuilder;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Serves OpenAI's API on this machine, through the network. */
@Command(
        name = "serve",
        mixinStandardHelpOptions = true,
        description = {
            "Serves OpenAI's API on a port of this machine, until it is stopped: programs that speak it use the network without"
                    + " knowing it, and pay from your channel.",
            "Keys of callers and the control token come from files or the environment, never from arguments."
        },
        footer = {
            "",
            "  cocoon serve --network test",
            "  cocoon serve --key-file node.key --limit 20 --caller-keys callers.txt"
        })
final class ServeCommand implements Callable<Integer> {

    /** One may have several keys. */
    private record Caller(String name, String key) {}

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Mixin
    private ClientOptions client = new ClientOptions();

    @Option(names = "--host", defaultValue = "127.0.0.1", description = "Where to listen (${DEFAULT-VALUE}).")
    private String host = "";

    @Option(names = "--port", defaultValue = "10000", description = "Where to listen (${DEFAULT-VALUE}); 0 for any.")
    private int port;

    @Option(
            names = "--caller-keys",
            paramLabel = "FILE",
            description =
                    "Lines of NAME=KEY: who may ask. Or one key in COCOON_CALLER_KEY. Without any, every program of this"
                            + " machine may, and other machines may not.")
    private @Nullable Path callerKeys;

    @Option(
            names = "--control-token-file",
            paramLabel = "FILE",
            description =
                    "The token for what moves money (POST /request/...). Or COCOON_CONTROL_TOKEN. Without it that is off.")
    private @Nullable Path controlToken;

    @Option(names = "--for", paramLabel = "SECONDS", description = "End by itself after so long.")
    private @Nullable Integer seconds;

    @Override
    public Integer call() throws Exception {
        PrintWriter out = spec.commandLine().getOut();
        client.check(ClientOptions.Use.SPEND);
        // Before a network is opened, so that a mistake in a file is told at once.
        List<Caller> callers = callers();
        boolean keys = !callers.isEmpty();
        if (!keys && !InetAddress.getByName(host).isLoopbackAddress()) {
            throw new IllegalArgumentException(
                    "--host " + host + " would let everybody on the network spend your money;"
                            + " say who may ask with --caller-keys FILE, or listen on 127.0.0.1");
        }
        Optional<String> token = SecretFile.orVariable(controlToken, "COCOON_CONTROL_TOKEN");
        try (OpenNetwork network = OpenNetwork.open(client.network, out);
                CocoonClient cocoon =
                        client.client(network, ClientOptions.Use.SPEND, out).build()) {
            LocalPortBuilder builder = LocalPort.builder(cocoon).listen(host, port);
            callers.forEach(each -> builder.callerKey(each.name, each.key));
            token.ifPresent(builder::controlToken);
            try (LocalPort open = builder.start()) {
                out.println("Serving OpenAI's API; stop with Ctrl-C.\n\n  export OPENAI_BASE_URL=" + open.baseUrl()
                        + "\n  export OPENAI_API_KEY=" + (keys ? "(one of the callers' keys)" : "none") + "\n  curl "
                        + open.baseUrl() + "/models\n");
                if (!keys) {
                    out.println("Every program of this machine can spend your money now; --caller-keys changes that.");
                }
                out.flush();
                Stopping.until(seconds, Integer.MAX_VALUE, () -> {});
            }
        }
        return Running.FINE;
    }

    private List<Caller> callers() throws IOException {
        List<Caller> keys = new ArrayList<>();
        String only = System.getenv("COCOON_CALLER_KEY");
        if (only != null) {
            keys.add(new Caller("caller", only));
        }
        Path file = callerKeys;
        if (file != null) {
            int number = 0;
            for (String line : SecretFile.lines(file)) {
                number++;
                int at = line.indexOf('=');
                if (line.isBlank() || line.startsWith("#")) {
                    continue;
                }
                // Without the line itself, which may be a key.
                if (at < 1) {
                    throw new IllegalArgumentException(file + ", line " + number + ": wanted NAME=KEY");
                }
                keys.add(new Caller(
                        line.substring(0, at).trim(), line.substring(at + 1).trim()));
            }
        }
        return keys;
    }
}
