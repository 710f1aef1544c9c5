package io.cocoon.proxy;

import io.cocoon.payment.Nanoton;
import io.cocoon.stats.Latencies;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.chain.RootState;
import io.cocoon.ton.wallet.WalletSender;
import io.cocoon.transport.PeerIdentity;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.StringJoiner;

/**
 * What a proxy is doing, at one time. For people ({@link #toText}) and machines ({@link #toJson}); text that came from peers
 * is escaped (hazards H21 and N19).
 *
 * @param mode SERVING, DISABLED, DRAINING or CLOSED; WAITING if it would serve, and the chain has not shown its ledger's start
 *     yet, or the ledger has stopped
 * @param chain what the chain is, and whether it can be trusted
 * @param publicKey the proxy's key
 * @param contract its contract
 * @param root what the network's root contract says, as this proxy works by it
 * @param rootSeenAt when the chain last showed it
 * @param runningQueries admitted and not over
 * @param heldBytes of request bodies kept for another attempt
 * @param totals since the start
 * @param workers the connections whose handshake is complete
 * @param clients likewise
 * @param onChain its contracts; empty if it keeps none
 */
public record ProxyStatus(
        String mode,
        String chain,
        Int256 publicKey,
        Address contract,
        RootState root,
        Instant rootSeenAt,
        int runningQueries,
        long heldBytes,
        Totals totals,
        List<Worker> workers,
        List<Client> clients,
        Optional<Chain> onChain) {

    public ProxyStatus {
        workers = List.copyOf(workers);
        clients = List.copyOf(clients);
    }

    /**
     * Counts since the start.
     *
     * @param admitted queries that were given to a worker
     * @param refused queries that were not
     * @param succeeded queries that ended with a last piece
     * @param failed queries that ended otherwise
     * @param retried attempts beyond the first
     * @param cancelled queries that the client stopped, by a message or by leaving
     * @param billedTokens adjusted tokens charged and credited
     * @param charged what clients owe for them, at the price of the moment of each
     * @param credited what workers get for them; the difference is the proxy's
     * @param requestBytes of requests, as sent by clients
     * @param answerBytes of answers, as sent by workers
     * @param violations connections closed because the peer broke the protocol
     * @param times of admitted queries, from their arrival to their end
     * @param timesToHead from their arrival to the first piece of the answer, of those that got one
     */
    public record Totals(
            long admitted,
            long refused,
            long succeeded,
            long failed,
            long retried,
            long cancelled,
            long billedTokens,
            Nanoton charged,
            Nanoton credited,
            long requestBytes,
            long answerBytes,
            long violations,
            Latencies.Counts times,
            Latencies.Counts timesToHead) {}

    /**
     * A proxy's contracts, and the wallet that pays for them.
     *
     * @param wallet what pays
     * @param savedSeqno of the newest state of ours that the contract has seen in this process; 0 before the first
     * @param problem what keeps it from working, for people; empty if nothing is known to
     * @param contracts the one that serves first, then those of earlier parameters
     */
    public record Chain(
            WalletSender.Status wallet, int savedSeqno, Optional<String> problem, List<Contract> contracts) {

        public Chain {
            contracts = List.copyOf(contracts);
        }
    }

    /**
     * A proxy contract.
     *
     * @param address its own
     * @param state NORMAL, CLOSING or CLOSED; NONE, UNINITIALIZED or FROZEN if it does not work; UNKNOWN before the first look
     * @param account all money on it: that of clients too
     * @param earnings the owner's part
     * @param isEnding whether it is emptied and closed
     * @param unsettled how many of its clients and workers still have to get something then
     */
    public record Contract(
            Address address,
            String state,
            Optional<Nanoton> account,
            Optional<Nanoton> earnings,
            boolean isEnding,
            int unsettled) {}

    /**
     * A worker connection.
     *
     * @param connection its number, for {@link ProxyServer#changeModel}
     * @param address where it comes from
     * @param peer who it is, with every check of its attestation
     * @param model the full name
     * @param version of the protocol
     * @param coefficient price factor, 1000 stands for 1.0
     * @param disabled whether it takes no queries now
     * @param running queries
     * @param limit of running queries
     * @param meanSeconds average time of a query
     * @param successRate share of queries that succeeded, 0 to 1
     * @param tokens earned so far
     * @param machine what the worker says about its machine, unchecked
     */
    public record Worker(
            long connection,
            InetSocketAddress address,
            PeerIdentity peer,
            String model,
            int version,
            int coefficient,
            boolean disabled,
            int running,
            int limit,
            double meanSeconds,
            double successRate,
            long tokens,
            String machine) {}

    /**
     * A client connection.
     *
     * @param connection its number
     * @param address where it comes from
     * @param peer who it is, with the checks of its attestation if it was asked for evidence
     * @param contract the client contract
     * @param version of the protocol
     * @param running queries
     * @param reserved tokens set aside
     * @param tokens owed so far
     * @param pendingBytes waiting to be sent
     */
    public record Client(
            long connection,
            InetSocketAddress address,
            PeerIdentity peer,
            Address contract,
            int version,
            int running,
            long reserved,
            long tokens,
            long pendingBytes) {}

    /** Returns several lines for people. */
    public String toText() {
        StringBuilder text = new StringBuilder()
                .append("proxy ")
                .append(mode.toLowerCase(Locale.ROOT))
                .append(", contract ")
                .append(contract)
                .append(", root version ")
                .append(root.version())
                .append(", parameters ")
                .append(root.params().version())
                .append("\nchain: ")
                .append(chain)
                .append("\nqueries: ")
                .append(runningQueries)
                .append(" running, ")
                .append(totals.admitted)
                .append(" admitted, ")
                .append(totals.refused)
                .append(" refused, ")
                .append(totals.succeeded)
                .append(" succeeded, ")
                .append(totals.failed)
                .append(" failed, ")
                .append(totals.retried)
                .append(" retries, ")
                .append(totals.cancelled)
                .append(" cancelled; ")
                .append(totals.billedTokens)
                .append(" tokens billed\n");
        onChain.ifPresent(chain -> chain(text, chain));
        for (Worker worker : workers) {
            text.append("worker %d: %s, version %d, coefficient %d, %d of %d running%s, %.2f s, %.0f %% success%n"
                    .formatted(
                            worker.connection,
                            printable(worker.model),
                            worker.version,
                            worker.coefficient,
                            worker.running,
                            worker.limit,
                            worker.disabled ? ", disabled" : "",
                            worker.meanSeconds,
                            100 * worker.successRate));
        }
        for (Client client : clients) {
            text.append("client %d: %s, version %d, %d running, %d tokens reserved, %d owed, %d bytes waiting%n"
                    .formatted(
                            client.connection,
                            client.contract,
                            client.version,
                            client.running,
                            client.reserved,
                            client.tokens,
                            client.pendingBytes));
        }
        return text.toString();
    }

    private static void chain(StringBuilder text, Chain chain) {
        text.append("wallet %s: %s, %d messages wait, state %d saved%s%n"
                .formatted(
                        chain.wallet.address(),
                        chain.wallet.balance().map(Nanoton::toString).orElse("not looked at yet"),
                        chain.wallet.waiting(),
                        chain.savedSeqno,
                        chain.problem.map(problem -> ", problem: " + problem).orElse("")));
        for (Contract contract : chain.contracts) {
            text.append("contract %s: %s, %s on it, %s earned%s%n"
                    .formatted(
                            contract.address,
                            contract.state.toLowerCase(Locale.ROOT),
                            contract.account.map(Nanoton::toString).orElse("nothing known"),
                            contract.earnings.map(Nanoton::toString).orElse("nothing known"),
                            contract.isEnding ? ", ends, " + contract.unsettled + " not settled" : ""));
        }
    }

    private static String printable(String text) {
        return text.replaceAll("\\p{Cntrl}", "?");
    }

    /** Returns one JSON object. */
    public String toJson() {
        StringJoiner workerList = new StringJoiner(",", "[", "]");
        for (Worker worker : workers) {
            workerList.add(
                    ("{\"connection\":%d,\"model\":%s,\"version\":%d,\"coefficient\":%d,\"disabled\":%b,\"running\":%d,"
                                    + "\"limit\":%d,\"mean_seconds\":%s,\"success_rate\":%s,\"tokens\":%d,\"machine\":%s}")
                            .formatted(
                                    worker.connection,
                                    quote(worker.model),
                                    worker.version,
                                    worker.coefficient,
                                    worker.disabled,
                                    worker.running,
                                    worker.limit,
                                    worker.meanSeconds,
                                    worker.successRate,
                                    worker.tokens,
                                    quote(worker.machine)));
        }
        StringJoiner clientList = new StringJoiner(",", "[", "]");
        for (Client client : clients) {
            clientList.add(
                    ("{\"connection\":%d,\"contract\":%s,\"version\":%d,\"running\":%d,\"reserved\":%d,\"tokens\":%d,"
                                    + "\"pending_bytes\":%d}")
                            .formatted(
                                    client.connection,
                                    quote(client.contract.toString()),
                                    client.version,
                                    client.running,
                                    client.reserved,
                                    client.tokens,
                                    client.pendingBytes));
        }
        return ("{\"mode\":%s,\"chain\":%s,\"public_key\":%s,\"contract\":%s,\"config_version\":%d,\"params_version\":%d,"
                        + "\"running_queries\":%d,\"held_bytes\":%d,\"totals\":{\"admitted\":%d,\"refused\":%d,\"succeeded\":%d,"
                        + "\"failed\":%d,\"retried\":%d,\"cancelled\":%d,\"billed_tokens\":%d,\"request_bytes\":%d,"
                        + "\"answer_bytes\":%d,\"violations\":%d},\"workers\":%s,\"clients\":%s,\"on_chain\":%s}")
                .formatted(
                        quote(mode),
                        quote(chain),
                        quote(publicKey.toHex()),
                        quote(contract.toString()),
                        root.version(),
                        root.params().version(),
                        runningQueries,
                        heldBytes,
                        totals.admitted,
                        totals.refused,
                        totals.succeeded,
                        totals.failed,
                        totals.retried,
                        totals.cancelled,
                        totals.billedTokens,
                        totals.requestBytes,
                        totals.answerBytes,
                        totals.violations,
                        workerList,
                        clientList,
                        onChain.map(ProxyStatus::json).orElse("null"));
    }

    private static String json(Chain chain) {
        StringJoiner contracts = new StringJoiner(",", "[", "]");
        for (Contract contract : chain.contracts) {
            contracts.add("{\"address\":%s,\"state\":%s,\"account\":%s,\"earnings\":%s,\"ending\":%b,\"unsettled\":%d}"
                    .formatted(
                            quote(contract.address.toString()),
                            quote(contract.state),
                            nanotons(contract.account),
                            nanotons(contract.earnings),
                            contract.isEnding,
                            contract.unsettled));
        }
        return "{\"wallet\":%s,\"wallet_balance\":%s,\"waiting\":%d,\"saved_seqno\":%d,\"problem\":%s,\"contracts\":%s}"
                .formatted(
                        quote(chain.wallet.address().toString()),
                        nanotons(chain.wallet.balance()),
                        chain.wallet.waiting(),
                        chain.savedSeqno,
                        chain.problem.map(ProxyStatus::quote).orElse("null"),
                        contracts);
    }

    private static String nanotons(Optional<Nanoton> amount) {
        return amount.map(Nanoton::value).map(String::valueOf).orElse("null");
    }

    /** Quotes for JSON and, since pages embed it, for HTML: nothing of a peer's text can end a string or open a tag. */
    private static String quote(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean plain = c >= 0x20 && c < 0x7f && "\"\\<>&'".indexOf(c) < 0;
            if (plain) {
                quoted.append(c);
            } else {
                quoted.append("\\u%04x".formatted((int) c));
            }
        }
        return quoted.append('"').toString();
    }
}
