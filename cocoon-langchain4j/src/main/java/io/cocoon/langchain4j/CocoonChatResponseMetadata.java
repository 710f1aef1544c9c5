package io.cocoon.langchain4j;

import dev.langchain4j.model.chat.response.ChatResponseMetadata;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.model.output.TokenUsage;
import io.cocoon.client.Attestation;
import io.cocoon.client.Bill;
import io.cocoon.client.ChatReply;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What LangChain4j has no place for: the bill and what was proven about the proxy. Immutable. Of an assistant that asked several times,
 * as one with tools does, they are those of the last request.
 */
public final class CocoonChatResponseMetadata extends ChatResponseMetadata {

    private final Bill bill;
    private final Attestation attestation;
    private final boolean encrypted;

    CocoonChatResponseMetadata(
            ChatReply reply, String model, @Nullable TokenUsage usage, @Nullable FinishReason finishReason) {
        this(new Builder(reply.bill(), reply.attestation(), reply.encrypted())
                .modelName(model)
                .tokenUsage(usage)
                .finishReason(finishReason));
    }

    private CocoonChatResponseMetadata(Builder builder) {
        super(builder);
        this.bill = builder.bill;
        this.attestation = builder.attestation;
        this.encrypted = builder.encrypted;
    }

    /** Returns what the answer cost. */
    public Bill bill() {
        return bill;
    }

    /** Returns what was proven about the proxy. */
    public Attestation attestation() {
        return attestation;
    }

    /** Returns whether the strings of request and answer were encrypted for the network's workers. */
    public boolean isEncrypted() {
        return encrypted;
    }

    /** Assistants copy metadata to add up tokens; what is ours stays. */
    @Override
    public ChatResponseMetadata.Builder<?> toBuilder() {
        return toBuilder(new Builder(bill, attestation, encrypted));
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return super.equals(other)
                && other instanceof CocoonChatResponseMetadata ours
                && bill.equals(ours.bill)
                && attestation.equals(ours.attestation)
                && encrypted == ours.encrypted;
    }

    @Override
    public int hashCode() {
        return Objects.hash(super.hashCode(), bill, encrypted);
    }

    private static final class Builder extends ChatResponseMetadata.Builder<Builder> {

        private final Bill bill;
        private final Attestation attestation;
        private final boolean encrypted;

        Builder(Bill bill, Attestation attestation, boolean encrypted) {
            this.bill = bill;
            this.attestation = attestation;
            this.encrypted = encrypted;
        }

        @Override
        public CocoonChatResponseMetadata build() {
            return new CocoonChatResponseMetadata(this);
        }
    }
}
