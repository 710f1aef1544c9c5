package io.cocoon.examples.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** TODO after merge. */
@Command(name = "serve", mixinStandardHelpOptions = true)
final class ServeCommand implements Callable<Integer> {
    @Override
    public Integer call() {
        return 2;
    }
}
