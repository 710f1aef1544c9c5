package io.cocoon.proxy;

import static io.cocoon.protocol.ErrorCodes.ERROR;
import static io.cocoon.protocol.ErrorCodes.NOT_READY;
import static io.cocoon.protocol.ErrorCodes.PROTOCOL_VIOLATION;
import static io.cocoon.protocol.ErrorCodes.UNSPECIFIED;

import io.cocoon.payment.Prices;
import io.cocoon.protocol.ClientToProxy;
import io.cocoon.protocol.HttpRequest;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlException;
import io.cocoon.tl.TlReader;
import io.cocoon.ton.chain.ClientContractState;
import io.cocoon.ton.chain.CocoonChain;
import io.cocoon.ton.chain.ContractState;
import io.cocoon.transport.FrameTooLargeException;
import java.time.Duration;
import java.time.Instant;

/**
 * Whether a query may run. Called on the client's event loop; thread-safe.
 *
 * <p>The order of the checks, their codes and texts are the reference's (wire dossier 6.2; 2026 part, 9.1), with range checks
 * in front: the reference computes with negative numbers (hazard H10).
 */
final class Admission {

    /** The reference's bound (payments dossier 9.4); a client needs hours to force its stake out (6.2). */
    private static final Duration MAX_CHAIN_AGE = Duration.ofHours(2);

    private final ProxyCore core;

    Admission(ProxyCore core) {
        this.core = core;
    }

    /** Starts the query, or tells the client why not. */
    void run(ClientSession client, ClientToProxy.RunQueryEx asked) {
        Instant now = core.now();
        ClientAnswers answers = new ClientAnswers(
                asked.requestId(), client.version(), (asked.flags() & 1) != 0 && asked.enableDebug(), now);
        core.counters().requestBytes.add(asked.query().length());
        try {
            admit(client, asked, answers);
            core.counters().admitted.increment();
        } catch (Refusal refusal) {
            core.counters().refused.increment();
            try {
                client.send(answers.refusal(refusal.code(), refusal.text(), core.now()));
            } catch (FrameTooLargeException e) {
                client.connection().close("a refusal does not fit into a frame");
            }
        }
    }

    private void admit(ClientSession client, ClientToProxy.RunQueryEx asked, ClientAnswers answers) throws Refusal {
        Duration timeout = checkRanges(asked);
        Network network = core.network();
        Prices prices = network.root().params().prices();
        checkChainIsFresh(answers.startedAt());
        ClientContractState state = core.settings().chain().client(client.contract());
        long limit = Bills.limit(state, stake(network, state), prices);
        Ledger ledger = core.settings().ledger();
        long used = ledger.totals(Ledger.Side.CLIENT, client.contract()).max();
        long reserved = ledger.reserved(client.contract());
        long available = limit - reserved - used;
        if (available < asked.maxTokens()) {
            throw new Refusal(
                    ERROR,
                    "client balance is too low: max_tokens=%d tokens_limit=%d tokens_used=%d tokens_reserved=%d"
                            .formatted(asked.maxTokens(), limit, used, reserved));
        }
        if (network.isOlderThan(asked.minConfigVersion())) {
            throw new Refusal(ERROR, "active config version is too low");
        }
        if (state.state() != ContractState.NORMAL) {
            throw new Refusal(NOT_READY, "client is closing");
        }
        Int256 privateKey = privateKey(asked);
        if (!core.isServing()) {
            throw new Refusal(NOT_READY, "proxy is disabled");
        }
        long reserve = Bills.reservation(asked.maxTokens(), asked.query().length(), asked.maxCoefficient(), prices);
        if (reserve > available) {
            throw new Refusal(NOT_READY, "balance is too low");
        }
        checkRequest(asked);
        QueryRequest request = new QueryRequest(
                asked.modelName(),
                asked.maxCoefficient(),
                asked.maxTokens(),
                prices,
                privateKey.isZero() ? 0 : Versions.WITH_KEYS,
                privateKey,
                answers.debug(),
                answers.startedAt().plus(timeout));
        start(client, asked, answers, request, reserve, limit);
    }

    /** Contracts are read as often as the root; when that is old, a client may have taken out what it still seems to have. */
    private void checkChainIsFresh(Instant now) throws Refusal {
        CocoonChain chain = core.settings().chain();
        if (!chain.isSimulated() && chain.rootSeenAt().plus(MAX_CHAIN_AGE).isBefore(now)) {
            throw new Refusal(NOT_READY, "the chain was last seen at " + chain.rootSeenAt());
        }
    }

    private void start(
            ClientSession client,
            ClientToProxy.RunQueryEx asked,
            ClientAnswers answers,
            QueryRequest request,
            long reserve,
            long limit)
            throws Refusal {
        if (client.queries().size() >= core.limits().maxRunningQueriesPerClient()) {
            throw new Refusal(ERROR, "too many active queries: " + core.limits().maxRunningQueriesPerClient());
        }
        if (!core.begin(asked.query().length())) {
            throw new Refusal(NOT_READY, "the proxy is full: " + core.runningQueries() + " queries run");
        }
        Ledger.Reservation reservation = core.settings()
                .ledger()
                .reserve(client.contract(), reserve, limit)
                .orElse(null);
        if (reservation == null) {
            core.released(asked.query().length());
            core.endOne();
            throw new Refusal(ERROR, "client balance is too low: to_reserve=" + reserve);
        }
        Query query = new Query(core, client, answers, request, asked.query(), reservation);
        core.queries().add(query);
        if (client.queries().putIfAbsent(asked.requestId(), query) != null) {
            // An error with this id would end the first query at the client, so the connection has to go.
            query.abandon();
            core.violation(client.connection(), "a request id that is in use was used again");
            return;
        }
        try {
            query.start();
        } catch (Refusal e) {
            query.abandon();
            throw e;
        }
    }

    private Duration checkRanges(ClientToProxy.RunQueryEx asked) throws Refusal {
        if (asked.maxTokens() < 0) {
            throw new Refusal(PROTOCOL_VIOLATION, "max_tokens is out of range: " + asked.maxTokens());
        }
        if (asked.maxCoefficient() < 0) {
            throw new Refusal(PROTOCOL_VIOLATION, "max_coefficient is out of range: " + asked.maxCoefficient());
        }
        double most = core.limits().maxTimeout().toMillis() / 1e3;
        if (!(asked.timeout() > 0) || asked.timeout() > most) {
            throw new Refusal(
                    PROTOCOL_VIOLATION, "timeout is out of range: " + asked.timeout() + " s, the most is " + most);
        }
        if (asked.modelName().length() > core.limits().maxNameBytes()) {
            throw new Refusal(
                    PROTOCOL_VIOLATION,
                    "the model's name is too long: " + asked.modelName().length());
        }
        return Duration.ofNanos((long) (asked.timeout() * 1e9));
    }

    /** The request has to be one; nothing in it is looked at. */
    private static void checkRequest(ClientToProxy.RunQueryEx asked) throws Refusal {
        try {
            TlReader.readWhole(asked.query(), HttpRequest::readBoxed);
        } catch (TlException e) {
            throw new Refusal(UNSPECIFIED, "proxy: received incorrect request: " + e.getMessage());
        }
    }

    private Int256 privateKey(ClientToProxy.RunQueryEx asked) throws Refusal {
        if ((asked.flags() & 2) == 0 || asked.publicKey().isZero()) {
            return Int256.ZERO;
        }
        return core.settings()
                .networkKeys()
                .privateHalf(asked.publicKey())
                .orElseThrow(() -> new Refusal(
                        ERROR, "unknown public key " + asked.publicKey().toHex().toUpperCase(java.util.Locale.ROOT)));
    }

    /** In the mode without a chain the stake that counts is the least one: 1 TON (payments dossier, section 13). */
    private long stake(Network network, ClientContractState state) {
        return core.settings().chain().isSimulated()
                ? network.root().params().minClientStake().value()
                : state.stake().value();
    }
}
