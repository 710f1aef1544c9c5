package io.cocoon.inference;

import io.cocoon.internal.json.Json;
import io.cocoon.payment.Prices;
import io.cocoon.payment.TokenPricing;
import io.cocoon.payment.TokenUsage;
import io.cocoon.protocol.TokensUsed;
import io.cocoon.tl.Bytes;
import org.jspecify.annotations.Nullable;

/** Counts tokens from the usage objects of an answer, and adds what they cost. Wire dossier 6.9. */
final class UsageCounter {

    /** More tokens than this in one answer are a defect of the model server and are not charged (hazard H7). */
    static final long MAX_PLAUSIBLE = 1_000_000_000;

    private static final byte[] USAGE = {'"', 'u', 's', 'a', 'g', 'e', '"'};

    private final long coefficient;
    private final Prices prices;
    private final boolean ours;
    private long prompt;
    private long cached;
    private long completion;
    private long reasoning;

    UsageCounter(long coefficient, Prices prices, boolean ours) {
        this.coefficient = coefficient;
        this.prices = prices;
        this.ours = ours;
    }

    /** Returns whether a document may hold a usage object: a scan that spares most pieces of a stream the parser. */
    static boolean mayCount(Bytes document) {
        byte[] text = document.unsafeArray();
        int end = document.unsafeOffset() + document.length();
        for (int i = document.unsafeOffset(); i + USAGE.length < end; i++) {
            if (text[i] == '"' && java.util.Arrays.equals(text, i, i + USAGE.length, USAGE, 0, USAGE.length)) {
                int at = i + USAGE.length;
                while (at < end && (text[at] == ' ' || text[at] == '\t' || text[at] == '\n' || text[at] == '\r')) {
                    at++;
                }
                if (at < end && text[at] == ':') {
                    at++;
                    while (at < end && text[at] == ' ') {
                        at++;
                    }
                    if (at < end && text[at] != 'n') {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    /** Counts a document; returns whether it raised a counter and got its costs. */
    boolean count(Json document) {
        if (!(document instanceof Json.Obj object) || !(object.get("usage") instanceof Json.Obj usage)) {
            return false;
        }
        long before = prompt + cached + completion + reasoning;
        boolean audio = ours && !usage.has("prompt_tokens") && !usage.has("completion_tokens");
        prompt = Math.max(prompt, value(usage.get(audio ? "input_tokens" : "prompt_tokens")));
        completion = Math.max(completion, value(usage.get(audio ? "output_tokens" : "completion_tokens")));
        cached = Math.max(cached, detail(usage, "prompt_tokens_details", "cached_tokens"));
        reasoning = Math.max(reasoning, detail(usage, "completion_tokens_details", "reasoning_tokens"));
        reasoning = Math.max(reasoning, value(usage.get("reasoning_tokens")));
        if (prompt + cached + completion + reasoning == before) {
            return false;
        }
        addCosts(usage);
        return true;
    }

    private long detail(Json.Obj usage, String group, String name) {
        return usage.get(group) instanceof Json.Obj details ? value(details.get(name)) : 0;
    }

    private long value(@Nullable Json value) {
        if (!(value instanceof Json.Int number) || !number.nonNegative()) {
            return 0;
        }
        // The bound also keeps sums and products below within 64 bits, whatever the rules.
        return number.saturated() <= MAX_PLAUSIBLE ? number.bits() : 0;
    }

    private void addCosts(Json.Obj usage) {
        TokensUsed used = used();
        long promptTokens = used.promptTokensUsed() + used.cachedTokensUsed();
        long completionTokens = used.completionTokensUsed() + used.reasoningTokensUsed();
        usage.put("prompt_total_cost", cost(promptTokens));
        usage.put("completion_total_cost", cost(completionTokens));
        usage.put("total_cost", cost(promptTokens + completionTokens));
    }

    private Json cost(long tokens) {
        long price = prices.perToken().value();
        long high = Math.multiplyHigh(tokens, price);
        long low = tokens * price;
        return new Json.Int(high == low >> 63 ? low : Long.MAX_VALUE);
    }

    TokenUsage usage() {
        return ours
                ? new TokenUsage(prompt, Math.min(cached, prompt), completion, Math.min(reasoning, completion))
                : new TokenUsage(prompt, cached, completion, reasoning);
    }

    TokensUsed used() {
        return TokenPricing.adjust(usage(), coefficient, prices);
    }
}
