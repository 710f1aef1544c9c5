package io.cocoon.client;

import io.cocoon.payment.TokenUsage;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An answer that arrives piece by piece.
 *
 * <p>To be read by one thread, once, and to be closed by any. Closing early cancels: a proxy of this library stops the work,
 * a C++ proxy goes on; {@link #bill()} says what was charged. Reading too slowly breaks this request off, never others: the
 * connection is shared, and 8 MiB of it may wait.
 *
 * <p>Reading throws {@link CocoonException}, for example when a deadline between tokens passes or the thread is interrupted;
 * the request is cancelled then.
 */
public final class ChatStream implements Iterable<ChatChunk>, AutoCloseable {

    private final Answer answer;
    private final AnswerDocuments documents;
    private final CocoonClient client;
    private final ChatAssembler assembler = new ChatAssembler();
    private final Iterator<ChatChunk> chunks = new Chunks();
    private boolean ended;

    ChatStream(Answer answer, AnswerDocuments documents, CocoonClient client) {
        this.answer = answer;
        this.documents = documents;
        this.client = client;
    }

    /** Returns the iterator, always the same one: a stream is read once. */
    @Override
    public Iterator<ChatChunk> iterator() {
        return chunks;
    }

    private final class Chunks implements Iterator<ChatChunk> {
        private @Nullable ChatChunk next;

        @Override
        public boolean hasNext() {
            if (next == null && !ended) {
                next = read();
            }
            return next != null;
        }

        @Override
        public ChatChunk next() {
            if (!hasNext()) {
                throw new NoSuchElementException("the stream has ended");
            }
            ChatChunk chunk = java.util.Objects.requireNonNull(next);
            next = null;
            return chunk;
        }
    }

    private @Nullable ChatChunk read() {
        try {
            AnswerDocuments.Document document = documents.next();
            if (document == null) {
                end();
                return null;
            }
            if (document.tree().has("error") && !document.tree().has("choices")) {
                throw client.upstream(answer, document.tree());
            }
            return assembler.accept(document.tree(), document.bytes().toUtf8());
        } catch (CocoonException e) {
            ended = true;
            answer.failed(e);
            answer.close();
            throw e;
        }
    }

    private void end() {
        ended = true;
        assembler.usage().ifPresent(usage -> client.check(answer, usage));
        if (assembler.isEmpty()) {
            throw client.emptyAnswer(answer);
        }
        answer.close();
    }

    /** Returns what the model has said so far. */
    public String text() {
        return assembler.text();
    }

    /** Returns why the answer ended; empty before that, or if it broke off. */
    public Optional<String> finishReason() {
        return assembler.finishReason();
    }

    /** Returns the functions that the model wants to be called, complete at the end of the stream. */
    public List<ToolCall> toolCalls() {
        return assembler.toolCalls();
    }

    /** Returns the tokens of text as far as the answer has counted them, mostly at its end. */
    public Optional<TokenUsage> usage() {
        return assembler.usage();
    }

    /** Returns what was proven about the proxy. */
    public Attestation attestation() {
        return answer.attestation();
    }

    /** Returns how often the request was tried. */
    public List<Attempt> attempts() {
        return answer.attempts();
    }

    /** Returns whether the strings of request and answer are encrypted for the network's workers. */
    public boolean isEncrypted() {
        return answer.sealed() != null;
    }

    /**
     * Returns what the request costs. Before the end, does not wait and the bill is {@link Bill.Status#OPEN}. After the end,
     * waits up to one second for the proxy's word, which a proxy sends directly behind the answer; if it does not come, the
     * bill is {@link Bill.Status#STATED}. After closing early, waits up to five seconds, and the bill may stay open. Reading
     * the stream itself never waits for the bill.
     */
    public Bill bill() {
        return ended || answer.isEnded() ? answer.bill() : answer.settlement().bill();
    }

    /**
     * Collects the rest of the answer, then waits for the bill as {@link #bill()} does.
     *
     * @throws CocoonException if the rest does not come
     */
    public ChatReply reply() {
        while (chunks.hasNext()) {
            chunks.next();
        }
        return assembler.reply(answer, answer.bill());
    }

    /** Cancels the request unless its answer is complete. Does not block. */
    @Override
    public void close() {
        ended = true;
        answer.close();
    }
}
