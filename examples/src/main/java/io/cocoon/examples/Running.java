package io.cocoon.examples;

import io.cocoon.client.CocoonException;
import io.cocoon.store.DiskFailure;
import io.cocoon.ton.chain.ChainException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import picocli.CommandLine;

/**
 * Runs a command, and turns what went wrong into a line for people and an exit code for scripts:
 *
 * <table>
 * <caption>Exit codes</caption>
 * <tr><td>0</td><td>done; trusted; healthy</td></tr>
 * <tr><td>1</td><td>failed; not trusted; something critical</td></tr>
 * <tr><td>2</td><td>could not tell or begin: wrong arguments, an unreadable file, no network</td></tr>
 * <tr><td>3</td><td>{@code doctor} only: warnings, nothing critical</td></tr>
 * <tr><td>130</td><td>stopped with Ctrl-C before it was done</td></tr>
 * </table>
 */
public final class Running {

    /** Done. */
    public static final int FINE = 0;

    /** Failed, or a negative verdict. */
    public static final int FAILED = 1;

    /** Could not tell or begin. */
    public static final int COULD_NOT_TELL = 2;

    /** Warnings, nothing critical. */
    public static final int WARNINGS = 3;

    /** As shells say it of a process that SIGINT ended. */
    public static final int STOPPED = 130;

    private Running() {}

    /** Returns a command's line, with our way to report failures. */
    public static CommandLine commandLine(Object command) {
        return new CommandLine(command)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setUsageHelpAutoWidth(true)
                .setExecutionExceptionHandler((failure, line, parsed) -> explain(failure, line.getErr()));
    }

    /** Runs a command. */
    public static int run(Object command, String... args) {
        return commandLine(command).execute(args);
    }

    private static int explain(Exception failure, PrintWriter err) throws Exception {
        Throwable cause = failure;
        while ((cause instanceof ExecutionException || cause instanceof CompletionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (cause instanceof InterruptedException
                || cause instanceof CocoonException.Cancelled && Thread.interrupted()) {
            err.println("stopped");
            return STOPPED;
        }
        if (cause instanceof CocoonException.Configuration
                || cause instanceof IllegalArgumentException
                || cause instanceof ChainException
                || cause instanceof IOException
                || cause instanceof UncheckedIOException) {
            err.println(message(cause));
            return COULD_NOT_TELL;
        }
        if (cause instanceof CocoonException known) {
            err.println(known.getClass().getSimpleName() + ": " + known.getMessage());
            return FAILED;
        }
        if (cause instanceof IllegalStateException) {
            err.println(message(cause));
            return FAILED;
        }
        throw failure;
    }

    private static String message(Throwable cause) {
        if (cause instanceof IOException disk) {
            return DiskFailure.inWords(disk);
        }
        return cause.getMessage() == null ? cause.toString() : cause.getMessage();
    }
}
