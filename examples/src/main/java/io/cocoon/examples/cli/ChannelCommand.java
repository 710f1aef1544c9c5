package io.cocoon.examples.cli;

import io.cocoon.client.Channel;
import io.cocoon.client.ChannelRecovery;
import io.cocoon.client.ChannelResult;
import io.cocoon.client.CocoonClient;
import io.cocoon.client.CocoonException;
import io.cocoon.client.RecoverableChannel;
import io.cocoon.client.Wallet;
import io.cocoon.examples.Running;
import io.cocoon.ton.cell.Address;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Payment channels: what there is, and the way back. */
@Command(
        name = "channel",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        description = "Shows your payment channels, and gets your money back.",
        footer = {
            "",
            "No command here opens a channel or deposits. On --network test one is opened first, to have something to show."
        })
final class ChannelCommand implements Runnable {

    private static final Duration READ_WITHIN = Duration.ofSeconds(30);
    private static final int REPORT_SECONDS = 10;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Override
    public void run() {
        spec.commandLine().usage(out());
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }

    /** Something that is done with the channels of a client. */
    private interface Work {
        int with(CocoonClient cocoon) throws Exception;
    }

    private int with(ClientOptions options, Work work) throws Exception {
        options.check(ClientOptions.Use.LOOK);
        try (OpenNetwork open = OpenNetwork.open(options.network, out())) {
            open.requireAccess();
            ClientOptions.Use use = open.test().isPresent() ? ClientOptions.Use.SPEND : ClientOptions.Use.LOOK;
            try (CocoonClient cocoon = options.client(open, use, out()).build()) {
                if (open.test().isPresent()) {
                    cocoon.models();
                }
                awaitRead(cocoon);
                return work.with(cocoon);
            }
        }
    }

    private static void awaitRead(CocoonClient cocoon) throws InterruptedException {
        Instant end = Instant.now().plus(READ_WITHIN);
        while (Instant.now().isBefore(end)
                && (cocoon.channels().walletBalance().isEmpty()
                        || cocoon.channels().all().stream()
                                .anyMatch(each -> each.state().isEmpty()))) {
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }

    @Command(name = "list", mixinStandardHelpOptions = true, description = "Shows the wallet and each channel.")
    int list(@Mixin ClientOptions options) throws Exception {
        return with(options, cocoon -> {
            out().println(cocoon.channels());
            return Running.FINE;
        });
    }

    @Command(
            name = "plan",
            mixinStandardHelpOptions = true,
            description = "Says how the money of a channel would come back, before any goes in.")
    int plan(@Mixin ClientOptions options) throws Exception {
        options.check(ClientOptions.Use.LOOK);
        try (OpenNetwork open = OpenNetwork.open(options.network, out())) {
            open.requireAccess();
            try (CocoonClient cocoon =
                    options.client(open, ClientOptions.Use.LOOK, out()).build()) {
                out().println(cocoon.channels().plan());
            }
        }
        return Running.FINE;
    }

    @Command(
            name = "withdraw",
            mixinStandardHelpOptions = true,
            description = "Takes back what is above the stake; the channel stays.")
    int withdraw(
            @Mixin ClientOptions options,
            @Parameters(arity = "0..1", paramLabel = "CONTRACT", description = "Which one; all without it.") @Nullable
                    String contract)
            throws Exception {
        return with(options, cocoon -> each(cocoon, contract, Channel::withdraw));
    }

    @Command(
            name = "charge",
            mixinStandardHelpOptions = true,
            description = {
                "Puts the newest payment that the proxy has signed on the chain.",
                "Moves no money but fees; lets a proxy go on that refuses because too much is not there yet."
            })
    int charge(
            @Mixin ClientOptions options,
            @Parameters(arity = "0..1", paramLabel = "CONTRACT", description = "Which one; all without it.") @Nullable
                    String contract)
            throws Exception {
        return with(options, cocoon -> each(cocoon, contract, Channel::charge));
    }

    @Command(
            name = "close",
            mixinStandardHelpOptions = true,
            description = {
                "Takes everything back and ends the channel, for good.",
                "Quick if the proxy helps, else after the network's delay. Ctrl-C stops the waiting only."
            })
    int close(
            @Mixin ClientOptions options,
            @Parameters(arity = "0..1", paramLabel = "CONTRACT", description = "Which one; all without it.") @Nullable
                    String contract)
            throws Exception {
        return with(options, cocoon -> each(cocoon, contract, Channel::close));
    }

    private int each(
            CocoonClient cocoon, @Nullable String contract, Function<Channel, CompletableFuture<ChannelResult>> what)
            throws Exception {
        List<Channel> all = cocoon.channels().all().stream()
                .filter(each -> contract == null || each.contract().equals(Address.parse(contract)))
                .toList();
        if (all.isEmpty()) {
            out().println(
                            contract == null
                                    ? "There is no channel in this folder. If the folder was lost: cocoon channel recover"
                                    : "There is no channel " + contract
                                            + "; 'cocoon channel list' shows what there is.");
            return contract == null ? Running.FINE : Running.COULD_NOT_TELL;
        }
        List<CompletableFuture<ChannelResult>> asked = new ArrayList<>();
        for (Channel channel : all) {
            out().println(channel);
            asked.add(what.apply(channel));
        }
        for (CompletableFuture<ChannelResult> each : asked) {
            out().println(await(each, () -> cocoon.channels().toString()));
        }
        return Running.FINE;
    }

    /** Waits as long as it takes, and says what it waits for. */
    private <T> T await(CompletableFuture<T> result, Supplier<String> state) throws Exception {
        while (true) {
            try {
                return result.get(REPORT_SECONDS, TimeUnit.SECONDS);
            } catch (TimeoutException e) {
                out().println("still waiting; " + state.get());
                out().flush();
            }
        }
    }

    @Command(
            name = "recover",
            mixinStandardHelpOptions = true,
            description = {
                "Finds every channel that a key ever opened, from the chain alone, and takes everything back with --run.",
                "For lost folders. No other program may use the key meanwhile."
            })
    int recover(
            @Mixin ClientOptions options,
            @Option(names = "--run", description = "Take everything back; without it, only look.") boolean run,
            @Option(
                            names = "--sweep",
                            paramLabel = "ADDRESS",
                            description = "Then send all that the wallet has to this address.")
                    @Nullable
                    String sweep)
            throws Exception {
        KeyFile key = options.network.requireKey();
        try (OpenNetwork open = OpenNetwork.open(options.network, out())) {
            open.requireAccess();
            Wallet wallet = Wallet.of(open.wallet(key));
            if (open.test().isPresent()) {
                openAndForget(options, open);
            }
            ChannelRecovery.Settings usual = ChannelRecovery.Settings.DEFAULT;
            Duration poll = open.test().isPresent() ? Duration.ofMillis(200) : usual.poll();
            try (ChannelRecovery recovery = ChannelRecovery.open(
                    open.forClient(),
                    wallet,
                    new ChannelRecovery.Settings(
                            usual.patience(), poll, usual.clock(), text -> out().println("ALARM: " + text)))) {
                return recover(recovery, run, sweep);
            }
        }
    }

    private int recover(ChannelRecovery recovery, boolean run, @Nullable String sweep) throws Exception {
        List<RecoverableChannel> found = recovery.scan().get(10, TimeUnit.MINUTES);
        found.forEach(out()::println);
        if (found.isEmpty()) {
            out().println("This wallet never opened a channel.");
        }
        if (run) {
            await(recovery.run(), () -> "proxies grant it, or it is forced after the network's delay")
                    .forEach(out()::println);
        } else if (found.stream().anyMatch(RecoverableChannel::isOpen)) {
            out().println("Nothing was asked for. Add --run to take it back.");
        }
        if (sweep != null) {
            out().println("Sent " + recovery.sweep(sweep).get(10, TimeUnit.MINUTES) + " to " + sweep);
        }
        return Running.FINE;
    }

    /** On a test network there is nothing to recover, so something is lost first. */
    private void openAndForget(ClientOptions options, OpenNetwork open) throws IOException {
        try (CocoonClient cocoon =
                options.client(open, ClientOptions.Use.SPEND, out()).build()) {
            cocoon.models();
            out().println("SIMULATED: a channel was opened, and its folder is lost now.");
        } catch (CocoonException e) {
            throw new IllegalStateException("no channel to lose: " + e.getMessage(), e);
        }
    }
}
