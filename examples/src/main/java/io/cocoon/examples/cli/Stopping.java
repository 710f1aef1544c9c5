package io.cocoon.examples.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Lets Ctrl-C end a command as its end would: the command's thread is interrupted, closes what it opened, and only then does the
 * process end. A second Ctrl-C does not hurry it; after 30 seconds it ends all the same.
 */
final class Stopping {

    private static final int PATIENCE_SECONDS = 30;

    private Stopping() {}

    /** Something that returns an exit code. */
    interface Work {
        int run();
    }

    /** Runs work on this thread. */
    static int run(Work work) {
        Thread worker = Thread.currentThread();
        CountDownLatch ended = new CountDownLatch(1);
        Thread hook = new Thread(
                () -> {
                    if (ended.getCount() == 0) {
                        return;
                    }
                    worker.interrupt();
                    try {
                        if (!ended.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                            System.err.println("still closing after " + PATIENCE_SECONDS
                                    + " s; what is under way on a chain goes on when the same folder is opened again");
                        }
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                },
                "cocoon-stop");
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            return work.run();
        } finally {
            ended.countDown();
        }
    }

    /**
     * Waits until the process is asked to stop, or so many seconds if a number is given.
     *
     * @param report runs every so many seconds
     */
    static void until(@Nullable Integer seconds, int reportSeconds, Runnable report) {
        long end = seconds == null ? Long.MAX_VALUE : seconds;
        long passed = 0;
        try {
            while (passed < end) {
                long pause = Math.min(Math.max(1, reportSeconds), end - passed);
                TimeUnit.SECONDS.sleep(pause);
                passed += pause;
                if (passed < end) {
                    report.run();
                }
            }
        } catch (InterruptedException e) {
            // Asked to stop: that is how these commands end, and what follows may wait again.
            return;
        }
    }
}
