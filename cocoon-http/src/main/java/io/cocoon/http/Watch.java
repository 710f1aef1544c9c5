package io.cocoon.http;

import io.cocoon.inference.AnswerException;
import io.cocoon.inference.AnswerMeter;
import io.cocoon.inference.ContentKind;
import io.cocoon.inference.MeterRules;
import io.cocoon.payment.Prices;
import io.cocoon.payment.TokenUsage;
import io.cocoon.tl.Bytes;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads along what an answer says it used, so that the bill can be checked against it. Changes nothing of the answer. */
final class Watch {

    private static final long LIST_PRICE = 1000;

    private final AnswerMeter meter;
    private boolean lost;

    Watch(@Nullable String contentType, Prices prices) {
        meter = new AnswerMeter(LIST_PRICE, prices, ContentKind.of(contentType), MeterRules.OURS, null);
    }

    void saw(byte[] bytes, int count) {
        if (lost) {
            return;
        }
        try {
            meter.feed(Bytes.copyOf(bytes, 0, count));
        } catch (AnswerException e) {
            // An answer that can not be read goes to the caller all the same; its bill is not compared with it.
            lost = true;
        }
    }

    /** Returns what was counted; empty if the answer counted nothing or could not be read. */
    Optional<TokenUsage> usage() {
        if (lost) {
            return Optional.empty();
        }
        try {
            meter.end();
        } catch (AnswerException e) {
            return Optional.empty();
        }
        return Optional.of(meter.usage()).filter(usage -> !usage.equals(TokenUsage.NONE));
    }
}
