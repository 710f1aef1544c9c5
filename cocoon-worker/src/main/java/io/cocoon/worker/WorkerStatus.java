package io.cocoon.worker;

import io.cocoon.payment.Nanoton;
import io.cocoon.tl.Bytes;
import io.cocoon.ton.chain.HostPort;
import io.cocoon.ton.chain.RootState;
import io.cocoon.ton.wallet.WalletSender;
import io.cocoon.transport.PeerIdentity;
import io.cocoon.transport.PeerReport;
import java.time.Instant;
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
 * @param totals tokens, money and times since the start
 * @param engine how busy its engine is, if the engine tells
 * @param card what its engine computes, if the engine tells
 * @param proxies its connections
 * @param accounts its earnings at each proxy that has signed something, with or without a connection
 * @param wallet what pays for payouts, if this worker makes them
 * @param root what the network's root contract says
 * @param rootSeenAt when the chain last showed it
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
        WorkerTotals totals,
        Optional<EngineLoad> engine,
        Optional<ModelCard> card,
        List<Proxy> proxies,
        List<Account> accounts,
        Optional<WalletSender.Status> wallet,
        RootState root,
        Instant rootSeenAt) {

    public WorkerStatus {
        disabledBecause = List.copyOf(disabledBecause);
        proxies = List.copyOf(proxies);
        accounts = List.copyOf(accounts);
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
     * @param peer who is at the other end, with every check of its attestation, while connected
     * @param protocol the negotiated version once ready, else -1
     * @param earnings what the proxy owes and has signed, once its contract is known
     * @param disputedBills how many bills of this connection differed from what this worker had counted
     * @param lastProblem why the last connection ended or could not be opened; empty if none did
     * @param refusal what was checked of the proxy, if its evidence was refused
     */
    public record Proxy(
            Optional<HostPort> address,
            ProxyState state,
            Optional<PeerIdentity> peer,
            int protocol,
            Optional<Earnings> earnings,
            long disputedBills,
            String lastProblem,
            Optional<PeerReport> refusal) {}

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

    /**
     * Earnings at one proxy and what became of them. Without payouts nothing is paid and nothing is in flight here, whatever the
     * proxy pays by itself.
     *
     * @param contract this worker's contract there, as text
     * @param proxyContract what pays, as text
     * @param earned covered by the newest signed payment
     * @param paid by the contract, as far as it was looked at
     * @param waiting earned and neither paid nor in flight
     * @param inFlight asked for and not yet seen to be paid
     * @param outdated whether the root contract has newer parameters, so that nothing more is earned here
     * @param problem what keeps the payout; empty if nothing does
     * @param contradiction what the proxy signed after it had forgotten an earlier payment, a bag of cells: a proof that it was
     *     rolled back; empty if it never was
     */
    public record Account(
            String contract,
            String proxyContract,
            Amount earned,
            Amount paid,
            Amount waiting,
            Amount inFlight,
            boolean outdated,
            String problem,
            Bytes contradiction) {

        static Account of(ProxyRecord view, boolean testnet, int paramsVersion, String problemOfAll) {
            ProxyTerms terms = view.terms();
            Payout payout = view.payout();
            long asked = Math.max(
                    payout.paid(), payout.request().map(PayoutRequest::total).orElse(0L));
            long signed = view.totals().signed();
            return new Account(
                    terms.contract().toText(testnet),
                    terms.proxyContract().toText(testnet),
                    Amount.of(signed, terms),
                    Amount.of(payout.paid(), terms),
                    Amount.of(Math.max(0, signed - asked), terms),
                    Amount.of(asked - payout.paid(), terms),
                    paramsVersion > terms.paramsVersion(),
                    payout.problem().isEmpty() ? problemOfAll : payout.problem(),
                    view.contradiction());
        }
    }

    /**
     * An amount in both units.
     *
     * @param tokens adjusted tokens
     * @param value what the worker gets for them
     */
    public record Amount(long tokens, Nanoton value) {

        static Amount of(long tokens, ProxyTerms terms) {
            return new Amount(tokens, terms.worth(tokens));
        }
    }
}
