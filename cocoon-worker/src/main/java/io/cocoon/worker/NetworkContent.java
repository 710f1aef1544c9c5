package io.cocoon.worker;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.inference.AnswerException;
import io.cocoon.inference.AnswerMeter;
import io.cocoon.inference.ContentKind;
import io.cocoon.inference.HttpHeaders;
import io.cocoon.inference.MeterRules;
import io.cocoon.inference.RequestException;
import io.cocoon.inference.RequestRules;
import io.cocoon.inference.WorkerRequest;
import io.cocoon.inference.WorkerRequests;
import io.cocoon.payment.TokenPricing;
import io.cocoon.payment.TokenUsage;
import io.cocoon.protocol.ErrorCodes;
import io.cocoon.protocol.HttpHeader;
import io.cocoon.protocol.HttpRequest;
import io.cocoon.protocol.TokensUsed;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** The network's rules for requests and answers, from {@code io.cocoon.inference}. */
final class NetworkContent implements QueryContent {

    private static final String PREFIX = "worker: invalid http request: ";

    private final String baseModel;
    private final RequestRules requestRules;
    private final MeterRules meterRules;

    NetworkContent(String baseModel, RequestRules requestRules) {
        this.baseModel = baseModel;
        this.requestRules = requestRules;
        this.meterRules = switch (requestRules) {
            case DECEMBER_2025 -> MeterRules.DECEMBER_2025;
            case APRIL_2026 -> MeterRules.APRIL_2026;
            case OPEN_AI -> MeterRules.OURS;
        };
    }

    @Override
    public Prepared prepare(HttpRequest request, Terms terms) throws EngineException {
        Int256 seed = terms.privateKey();
        @Nullable Ed25519Key networkKey = seed.isZero() ? null : Ed25519Key.fromSeed(seed);
        try {
            // The proxy does not pass the announced limit on; the client has put it into the body (2026 part, N21).
            WorkerRequest accepted =
                    WorkerRequests.prepare(request, baseModel, requestRules, networkKey, OptionalInt.empty());
            return new Accepted(accepted, HttpHeaders.toUpstream(request.headers()), terms);
        } catch (RequestException e) {
            throw new EngineException(e.code(), PREFIX + e.getMessage());
        }
    }

    private final class Accepted implements Prepared {

        private final WorkerRequest request;
        private final List<HttpHeader> headers;
        private final Terms terms;

        Accepted(WorkerRequest request, List<HttpHeader> headers, Terms terms) {
            this.request = request;
            this.headers = headers;
            this.terms = terms;
        }

        @Override
        public InferenceRequest request(Duration timeLimit) {
            return new InferenceRequest(
                    "POST",
                    request.path(),
                    headers,
                    request.contentType(),
                    request.body(),
                    request.model(),
                    request.stream(),
                    timeLimit,
                    terms.proxy());
        }

        @Override
        public Meter meter(int status, List<HttpHeader> answerHeaders) {
            ContentKind kind = ContentKind.of(
                    HttpHeaders.last(answerHeaders, "content-type").orElse(null));
            return new Metering(
                    new AnswerMeter(terms.coefficient(), terms.prices(), kind, meterRules, request.encryption()),
                    terms);
        }
    }

    private static final class Metering implements Meter {

        private final AnswerMeter meter;
        private final Terms terms;
        private long documents;

        Metering(AnswerMeter meter, Terms terms) {
            this.meter = meter;
            this.terms = terms;
        }

        @Override
        public Bytes feed(Bytes piece) throws EngineException {
            try {
                Bytes out = meter.feed(piece);
                countDocuments(out);
                return out;
            } catch (AnswerException e) {
                throw new EngineException(ErrorCodes.UNSPECIFIED, "worker: " + e.getMessage());
            }
        }

        @Override
        public Bytes end() throws EngineException {
            try {
                return meter.end();
            } catch (AnswerException e) {
                throw new EngineException(ErrorCodes.UNSPECIFIED, "worker: " + e.getMessage());
            }
        }

        @Override
        public TokensUsed used() {
            return meter.used();
        }

        /**
         * A stream states its usage at its end, so one that is cut short has none. Then each document but the first, which
         * carries only the role, counts as one token of the answer: what the usual servers send. The prompt is not counted.
         */
        @Override
        public TokensUsed usedSoFar() {
            if (!meter.usage().equals(TokenUsage.NONE)) {
                return meter.used();
            }
            TokenUsage counted = new TokenUsage(0, 0, Math.max(0, documents - 1), 0);
            return TokenPricing.adjust(counted, terms.coefficient(), terms.prices());
        }

        /** Every piece that comes out of the meter begins at the beginning of a line. */
        private void countDocuments(Bytes out) {
            byte[] text = out.unsafeArray();
            int start = out.unsafeOffset();
            int end = start + out.length();
            for (int i = start; i < end; i++) {
                boolean lineStart = i == start || text[i - 1] == '\n';
                if (lineStart && (text[i] == '{' || text[i] == 'd')) {
                    documents++;
                }
            }
        }
    }
}
