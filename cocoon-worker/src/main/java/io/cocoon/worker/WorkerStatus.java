package io.cocoon.worker;

import io.cocoon.tl.Bytes;
import io.cocoon.ton.chain.HostPort;
import java.util.List;
import java.util.Optional;

/**
 * A worker at one moment. Immutable.
 *
 * @param model what it serves
 * @param coefficient its price factor, 1000 stands for 1.0
 * @param disabledBecause why it takes no queries; empty when it does
 * @param activeQueries queries being answered now, over all proxies
 * @param maxActiveQueries how many it admits
 * @param completed queries answered to the end since the start
 * @param failed queries ended with an error, refused ones included
 * @param cancelled queries that a proxy cancelled or that lost their connection
 * @param proxies its connections
 */
public record WorkerStatus(
        ModelName model,
        int coefficient,
        List<String> disabledBecause,
        int activeQueries,
        int maxActiveQueries,
        long completed,
        long failed,
        long cancelled,
        List<Proxy> proxies) {

    public WorkerStatus {
        disabledBecause = List.copyOf(disabledBecause);
        proxies = List.copyOf(proxies);
    }

    /** Returns whether queries are taken and some proxy can send them. */
    public boolean isServing() {
        return disabledBecause.isEmpty() && proxies.stream().anyMatch(proxy -> proxy.state() == ProxyState.READY);
    }

    /** Where a connection stands. */
    public enum ProxyState {
        /** No address is free, or a pause before the next attempt. */
        WAITING,
        /** Proof of work, TLS and hello. */
        CONNECTING,
        /** Handshake of the roles. */
        HANDSHAKE,
        /** Queries may come. */
        READY
    }

    /**
     * One connection.
     *
     * @param address of the proxy, if one was chosen
     * @param state where it stands
     * @param protocol the negotiated version once ready, else -1
     * @param earnings what the proxy owes and has signed, once its contract is known
     * @param disputedBills how many bills of this connection differed from what this worker had counted
     * @param lastProblem why the last connection ended or could not be opened; empty if none did
     */
    public record Proxy(
            Optional<HostPort> address,
            ProxyState state,
            int protocol,
            Optional<Earnings> earnings,
            long disputedBills,
            String lastProblem) {}

    /**
     * Earnings at one proxy, in adjusted tokens.
     *
     * @param contract this worker's contract there, as text
     * @param signed covered by the newest signed payment
     * @param database written to the proxy's database
     * @param finished all that was finished
     * @param writtenOff given up because the proxy forgot it in a restart (hazard H11)
     * @param payment the newest signed payment, a bag of cells; empty if there is none
     */
    public record Earnings(
            String contract, long signed, long database, long finished, long writtenOff, Bytes payment) {}
}
