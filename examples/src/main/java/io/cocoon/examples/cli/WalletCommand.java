package io.cocoon.examples.cli;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.examples.Running;
import io.cocoon.payment.Nanoton;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.chain.AccountState;
import io.cocoon.ton.wallet.CocoonWallet;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The node's key and its wallet. */
@Command(
        name = "wallet",
        mixinStandardHelpOptions = true,
        description = "Makes a node's key; shows the address and the balance of its wallet.",
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "A node's wallet pays for messages and deposits. Its owner, a wallet of yours, can take everything out of",
            "it without the key."
        })
final class WalletCommand implements Runnable {

    /** Below this a node's wallet sends nothing (payments dossier 8.1). */
    private static final Nanoton LEAST = Nanoton.ofTon("2.1");

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Override
    public void run() {
        spec.commandLine().usage(out());
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }

    @Command(
            name = "create",
            mixinStandardHelpOptions = true,
            description = "Makes a new key file that only you can read.")
    int create(
            @Parameters(paramLabel = "FILE", description = "Where; never overwritten.") Path file,
            @Option(
                            names = "--owner",
                            required = true,
                            paramLabel = "ADDRESS",
                            description = "A TON wallet of yours: the money belongs to it.")
                    String owner)
            throws IOException {
        KeyFile made = new KeyFile(Ed25519Key.generate(new SecureRandom()), address("--owner", owner));
        made.create(file);
        Address wallet = CocoonWallet.existing(made.key(), made.owner()).address();
        out().println("Made " + file + " (0600). Back it up: nothing else can sign for this node.");
        out().println("Wallet on the main network: " + wallet.toText(false));
        return Running.FINE;
    }

    @Command(
            name = "address",
            mixinStandardHelpOptions = true,
            description = "Prints the wallet's address and its owner.")
    int address(@Mixin NetworkOptions network) throws IOException {
        KeyFile key = network.requireKey();
        out().println("wallet "
                + CocoonWallet.existing(key.key(), key.owner()).address().toText(false) + "\nowner  "
                + key.owner().toText(false));
        return Running.FINE;
    }

    @Command(
            name = "balance",
            mixinStandardHelpOptions = true,
            description = "Reads the wallet's balance from the chain.")
    int balance(@Mixin NetworkOptions network) throws Exception {
        KeyFile key = network.requireKey();
        try (OpenNetwork open = OpenNetwork.open(network, out())) {
            AccountState account = account(open, open.wallet(key).address());
            out().println(ClientOptions.text(open, account.address()) + ": " + account.balance() + ", "
                    + switch (account.status()) {
                        case ACTIVE -> "deployed";
                        case FROZEN -> "frozen: its rent was not paid";
                        default -> "not deployed";
                    });
            if (account.balance().compareTo(LEAST) < 0) {
                out().println("It sends nothing below " + LEAST + ": send " + LEAST.minus(account.balance())
                        + " or more to it.");
            }
        }
        return Running.FINE;
    }

    @Command(
            name = "fund",
            mixinStandardHelpOptions = true,
            description = "On a test network: gives the wallet money out of nothing. On the main network: says how.")
    int fund(@Mixin NetworkOptions network) throws Exception {
        KeyFile key = network.requireKey();
        if (!network.isTest()) {
            Address wallet = CocoonWallet.existing(key.key(), key.owner()).address();
            spec.commandLine()
                    .getErr()
                    .println("money is only made on test networks. Send TON to " + wallet.toText(false, false)
                            + " from any wallet; 'cocoon doctor' says how much opening a channel needs");
            return Running.COULD_NOT_TELL;
        }
        try (OpenNetwork open = OpenNetwork.open(network, out())) {
            AccountState account = account(open, open.wallet(key).address());
            out().println("SIMULATED: " + ClientOptions.text(open, account.address()) + " has " + account.balance()
                    + ". Commands with --network test do this by themselves, each on a chain of its own.");
        }
        return Running.FINE;
    }

    @Command(
            name = "export",
            mixinStandardHelpOptions = true,
            description = "Prints the secret key, for other programs of the network. Whoever sees it can spend.")
    int export(
            @Mixin NetworkOptions network,
            @Option(
                            names = "--print-the-secret-key-so-that-whoever-sees-it-can-spend",
                            description = "Required, so that nobody does it by accident.")
                    boolean sure)
            throws IOException {
        if (!sure) {
            throw new IllegalArgumentException("this would print the secret key; if you mean it, add"
                    + " --print-the-secret-key-so-that-whoever-sees-it-can-spend");
        }
        out().println(network.requireKey().secret());
        return Running.FINE;
    }

    private static Address address(String option, String text) {
        try {
            return Address.parse(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(option + " is no TON address: " + e.getMessage(), e);
        }
    }

    private static AccountState account(OpenNetwork open, Address wallet) throws Exception {
        return open.requireAccess().account(wallet).toCompletableFuture().get(60, TimeUnit.SECONDS);
    }
}
