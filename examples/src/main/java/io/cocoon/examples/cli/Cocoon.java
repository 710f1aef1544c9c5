package io.cocoon.examples.cli;

import io.cocoon.examples.Quickstart;
import io.cocoon.examples.Running;
import io.cocoon.examples.VerifyEvidence;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * The command line.
 *
 * <pre>
 * mvn -B -ntp -q -pl examples -am package -DskipTests
 * java -jar examples/target/cocoon.jar --help
 * </pre>
 *
 * <p>{@link Running} has the exit codes.
 */
@Command(
        name = "cocoon",
        mixinStandardHelpOptions = true,
        version = "cocoon for the JVM 0.1.0-SNAPSHOT",
        description =
                "Private AI inference on TON's Cocoon network: ask, serve, earn, verify, and get your money back.",
        footerHeading = "%nNo money is needed to try it: 'cocoon quickstart', or any command with --network test.%n",
        footer = {
            "",
            "Exit codes: 0 done; 1 failed, or a negative verdict; 2 could not tell or begin (arguments, files, no network);",
            "            3 warnings ('doctor' only); 130 stopped with Ctrl-C.",
            "Environment: COCOON_NETWORK, COCOON_STATE, COCOON_KEY_FILE, or COCOON_NODE_KEY with COCOON_OWNER."
        },
        subcommands = {
            ChatCommand.class,
            ServeCommand.class,
            WorkerCommand.class,
            ProxyCommand.class,
            WalletCommand.class,
            ChannelCommand.class,
            DoctorCommand.class
        })
public final class Cocoon implements Runnable {

    private static final List<String> ALARMS =
            List.of("io.cocoon.ton.channel.OnceInAWhile", "io.cocoon.worker.Alarms", "io.cocoon.proxy.ContractAlarms");

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    private Cocoon() {}

    /** Runs a command and ends the process with its exit code. */
    public static void main(String[] args) {
        if (System.getProperty("org.slf4j.simpleLogger.defaultLogLevel") == null) {
            System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "warn");
            // Says why the main network is not read yet, which may take minutes.
            System.setProperty("org.slf4j.simpleLogger.log.io.cocoon.ton.live", "info");
            // Commands print alarms themselves.
            for (String alarms : ALARMS) {
                System.setProperty("org.slf4j.simpleLogger.log." + alarms, "error");
            }
        }
        System.exit(Stopping.run(() -> line().execute(args)));
    }

    /** Returns the whole line, for tests. */
    static CommandLine line() {
        CommandLine line = Running.commandLine(new Cocoon());
        line.addSubcommand("quickstart", Running.commandLine(new Quickstart()).setCommandName("quickstart"));
        CommandLine verify = Running.commandLine(new VerifyEvidence()).setCommandName("verify");
        verify.addSubcommand(Running.commandLine(new ReceiptCommand()));
        line.addSubcommand("verify", verify);
        return line;
    }

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }
}
