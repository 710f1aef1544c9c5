package io.cocoon.langchain4j;

import dev.langchain4j.model.chat.response.ChatResponseMetadata;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.model.output.TokenUsage;
import io.cocoon.client.Attestation;
import io.cocoon.client.Bill;
import io.cocoon.client.ChatReply;
import org.jspecify.annotations.Nullable;

/** What LangChain4j has no place for: the bill and what was proven about the proxy. Immutable. */
public final class CocoonChatResponseMetadata extends ChatResponseMetadata {

    private final Bill bill;
    private final Attestation attestation;
    private final boolean encrypted;

    CocoonChatResponseMetadata(
            ChatReply reply, String model, @Nullable TokenUsage usage, @Nullable FinishReason finishReason) {
        super(builder().modelName(model).tokenUsage(usage).finishReason(finishReason));
        this.bill = reply.bill();
        this.attestation = reply.attestation();
        this.encrypted = reply.encrypted();
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
}
