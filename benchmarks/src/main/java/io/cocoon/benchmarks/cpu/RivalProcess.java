package io.cocoon.benchmarks.cpu;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** A rival in a process of its own that is told what to do a line at a time. */
final class RivalProcess implements Contender {

    private final Process process;
    private final BufferedWriter to;
    private final BufferedReader from;

    /**
     * Starts it.
     *
     * @param folder where it runs
     * @throws IOException if it cannot load the model; it says why on standard error
     */
    RivalProcess(Path folder, List<String> command) throws IOException {
        process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        to = new BufferedWriter(new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8));
        from = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        answer();
    }

    private double answer() throws IOException {
        for (String line = from.readLine(); line != null; line = from.readLine()) {
            if (line.startsWith("result ")) {
                return Double.parseDouble(line.substring("result ".length()));
            }
        }
        throw new IOException("the rival ended early; what it says is above");
    }

    private double ask(String what, int tokens) throws IOException {
        to.write(what + " " + tokens + "\n");
        to.flush();
        return answer();
    }

    @Override
    public double decode(int tokens) throws IOException {
        return ask("decode", tokens);
    }

    @Override
    public double prefill(int tokens) throws IOException {
        return ask("prefill", tokens);
    }

    @Override
    public void close() {
        process.destroy();
    }
}
