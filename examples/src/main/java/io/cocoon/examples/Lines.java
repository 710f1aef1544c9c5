package io.cocoon.examples;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;

/** Lines that a person types, read by a thread of their own, so that waiting for one can be interrupted. */
public final class Lines {

    private static final int READ_AHEAD = 64;

    private final LinkedBlockingQueue<Optional<String>> read = new LinkedBlockingQueue<>(READ_AHEAD);

    /** Begins to read; the stream stays open. */
    public Lines(InputStream in) {
        Thread reader = new Thread(() -> readAll(in), "cocoon-lines");
        reader.setDaemon(true);
        reader.start();
    }

    private void readAll(InputStream in) {
        try {
            BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                read.put(Optional.of(line));
            }
            read.put(Optional.empty());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            // Nobody can type any more: the same as the end.
            if (!read.offer(Optional.empty())) {
                read.clear();
                read.add(Optional.empty());
            }
        }
    }

    /** Waits for the next line; empty at the end, once. */
    public Optional<String> next() throws InterruptedException {
        return read.take();
    }
}
