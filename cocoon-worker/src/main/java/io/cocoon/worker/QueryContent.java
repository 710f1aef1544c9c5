package io.cocoon.worker;

import io.cocoon.payment.Prices;
import io.cocoon.protocol.HttpHeader;
import io.cocoon.protocol.HttpRequest;
import io.cocoon.protocol.TokensUsed;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import java.time.Duration;
import java.util.List;

/** What a query's body has to be, and what an answer's bytes say about its cost. Thread-safe. */
interface QueryContent {

    /**
     * Validates a request and decrypts it.
     *
     * @throws EngineException if it is not acceptable
     */
    Prepared prepare(HttpRequest request, Terms terms) throws EngineException;

    /**
     * What the proxy said about a query.
     *
     * @param protocol negotiated with the proxy, 0 to 4
     * @param privateKey the network key's seed; zero if the request is not encrypted
     * @param coefficient price factor, 1000 stands for 1.0
     * @param prices of the network
     * @param proxy its contract
     */
    record Terms(int protocol, Int256 privateKey, long coefficient, Prices prices, String proxy) {

        /** Leaves out the key. */
        @Override
        public String toString() {
            return "Terms[protocol=" + protocol + ", coefficient=" + coefficient + "]";
        }
    }

    /** One accepted request. */
    interface Prepared {

        /** Returns what the engine gets. */
        InferenceRequest request(Duration timeLimit);

        /** Returns a counter for the answer's body. */
        Meter meter(int status, List<HttpHeader> headers);
    }

    /** Rewrites an answer's body as it passes and counts its tokens. Confined to whoever holds the query's lock. */
    interface Meter {

        /** Takes a piece and returns what may be sent now; may be empty. */
        Bytes feed(Bytes piece) throws EngineException;

        /** Returns what is left at the end. */
        Bytes end() throws EngineException;

        /** Returns adjusted tokens, from the usage that the upstream reported so far. */
        TokensUsed used();

        /** Returns adjusted tokens for an answer that was cut short. */
        TokensUsed usedSoFar();
    }
}
