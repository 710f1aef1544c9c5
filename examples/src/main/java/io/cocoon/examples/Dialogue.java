package io.cocoon.examples;

import io.cocoon.client.Bill;
import io.cocoon.client.ChatChunk;
import io.cocoon.client.ChatRequest;
import io.cocoon.client.ChatStream;
import io.cocoon.client.CocoonClient;
import io.cocoon.client.CocoonException;
import io.cocoon.payment.Nanoton;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A dialogue in one channel: each question goes out with what was said before it. For one thread. */
public final class Dialogue {

    private static final String HELP = "/bill shows what it cost, /exit ends; everything else is asked.";

    private record Turn(String question, String answer) {}

    private final CocoonClient cocoon;
    private final String model;
    private final UnaryOperator<ChatRequest> options;
    private final PrintWriter out;
    private final List<Turn> turns = new ArrayList<>();
    private final List<Bill> bills = new ArrayList<>();
    private @Nullable ChatStream last;

    /**
     * Begins one.
     *
     * @param options sets tokens, price factor and the like of each request
     */
    public Dialogue(CocoonClient cocoon, String model, UnaryOperator<ChatRequest> options, PrintWriter out) {
        this.cocoon = cocoon;
        this.model = model;
        this.options = options;
        this.out = out;
    }

    /**
     * Asks, and prints the answer as it comes.
     *
     * @throws CocoonException if there is no answer; the question is not part of the dialogue then
     */
    public Bill ask(String question) {
        ChatRequest request = options.apply(cocoon.chat(model));
        for (Turn turn : turns) {
            request.user(turn.question()).assistant(turn.answer());
        }
        try (ChatStream stream = request.user(question).stream()) {
            last = stream;
            for (ChatChunk chunk : stream) {
                out.print(chunk.text());
                out.flush();
            }
            out.println();
            turns.add(new Turn(question, stream.text()));
            Bill bill = stream.bill();
            bills.add(bill);
            return bill;
        }
    }

    /** Returns what was proven about the proxy that answered last; empty before the first answer. */
    public Optional<io.cocoon.client.Attestation> attestation() {
        return Optional.ofNullable(last).map(ChatStream::attestation);
    }

    /** Returns what all answers cost. */
    public Nanoton total() {
        return bills.stream().map(Bill::total).reduce(Nanoton.ZERO, Nanoton::plus);
    }

    /** Returns the adjusted tokens of all answers. */
    long adjustedTokens() {
        return bills.stream()
                .mapToLong(bill -> bill.adjusted().totalTokensUsed())
                .sum();
    }

    /** Asks line after line, until {@code /exit} or the end of the lines. */
    public void talk(Lines lines) throws InterruptedException {
        out.println(HELP);
        while (true) {
            out.print("\n> ");
            out.flush();
            Optional<String> line = lines.next();
            String text = line.orElse("/exit").trim();
            if (text.equals("/exit")) {
                out.println(line.isPresent() ? "" : "(end of input)");
                return;
            } else if (text.equals("/bill")) {
                printBill();
            } else if (text.startsWith("/")) {
                out.println(HELP);
            } else if (!text.isEmpty()) {
                askOrExplain(text);
            }
        }
    }

    private void askOrExplain(String text) throws InterruptedException {
        try {
            ask(text);
        } catch (CocoonException e) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            out.println("\n" + e.getClass().getSimpleName() + ": " + e.getMessage());
        }
    }

    private void printBill() {
        bills.forEach(bill -> out.println(bill.usage()
                        .map(usage -> usage.prompt() + " tokens read, " + usage.completion() + " written: ")
                        .orElse("")
                + bill.total()));
        out.println(bills.size() + (bills.size() == 1 ? " answer, " : " answers, ") + total() + " altogether");
    }
}
