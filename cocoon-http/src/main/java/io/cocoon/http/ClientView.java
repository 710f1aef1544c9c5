package io.cocoon.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cocoon.client.Attestation;
import io.cocoon.client.Channel;
import io.cocoon.client.Channels;
import io.cocoon.client.ClientTotals;
import io.cocoon.client.CocoonClient;
import io.cocoon.client.CocoonException;
import io.cocoon.client.Dispute;
import io.cocoon.client.ProxyConnection;
import io.cocoon.http.Plot.Line;
import io.cocoon.http.Snapshot.Column;
import io.cocoon.http.Snapshot.Health;
import io.cocoon.http.Snapshot.Item;
import io.cocoon.http.Snapshot.Level;
import io.cocoon.http.Snapshot.Peer;
import io.cocoon.http.Snapshot.Peers;
import io.cocoon.http.Snapshot.Table;
import io.cocoon.payment.Nanoton;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A client's page. */
final class ClientView implements RoleView<ClientView.Look> {

    record Look(
            List<ProxyConnection> connections,
            Optional<Channels> channels,
            Nanoton spent,
            List<Dispute> disputes,
            ClientTotals totals,
            long refused,
            long bytesReceived,
            long bytesSent,
            Heap heap) {

        int running() {
            return connections.stream().mapToInt(ProxyConnection::running).sum();
        }
    }

    private final CocoonClient client;
    private final PortCounters counters;
    private final Control control;
    private final Clock clock;

    ClientView(CocoonClient client, PortCounters counters, Control control, Clock clock) {
        this.client = client;
        this.counters = counters;
        this.control = control;
        this.clock = clock;
    }

    @Override
    public Look look() {
        return new Look(
                client.connections(),
                channels(),
                client.spent(),
                client.disputes(),
                client.totals(),
                counters.refused.sum(),
                counters.bytesReceived.sum(),
                counters.bytesSent.sum(),
                Heap.look());
    }

    private Optional<Channels> channels() {
        try {
            return Optional.of(client.channels());
        } catch (CocoonException e) {
            // Built without channels, or closed: the page says so.
            return Optional.empty();
        }
    }

    @Override
    public List<Plot<Look>> plots() {
        return List.of(
                new Plot<>(
                        "Requests",
                        Unit.PER_MINUTE,
                        "No request has ended yet.",
                        Line.perMinute("answered", look -> look.totals.answered()),
                        Line.perMinute("failed", look -> look.totals.failed()),
                        Line.perMinute("cancelled", look -> look.totals.cancelled())),
                new Plot<>(
                        "Adjusted tokens",
                        Unit.TOKENS_PER_SECOND,
                        "Nothing was charged yet.",
                        Line.perSecond("charged", look -> look.totals.tokens())),
                new Plot<>(
                        "Time of a request",
                        Unit.SECONDS,
                        "No request has ended yet.",
                        Line.quantile("to the first byte, half of them", 0.5, look -> look.totals.timesToFirstByte()),
                        Line.quantile("whole, half of them", 0.5, look -> look.totals.times()),
                        Line.quantile("whole, 95 of 100", 0.95, look -> look.totals.times())),
                new Plot<>(
                        "Spent, within the window of the limit",
                        Unit.TON,
                        "Nothing was spent yet.",
                        Line.level("spent", look -> look.spent.value())),
                new Plot<>("Load", Unit.COUNT, "Nothing runs.", Line.level("requests running", Look::running)),
                new Plot<>(
                        "Memory", Unit.BYTES, "Not looked at yet.", Line.level("Java heap", look -> look.heap.used())));
    }

    @Override
    public Snapshot describe(Look look) {
        return new Snapshot(
                "Client",
                "of the network " + client.root().root(),
                health(look),
                List.of(
                        Item.count("Requests running", look.running()),
                        Item.count("Answered", look.totals.answered()),
                        Item.count("Failed", look.totals.failed()),
                        Item.count("Adjusted tokens", look.totals.tokens()),
                        Item.ton("Charged since the start", look.totals.billed()),
                        Item.ton("Spent, within the limit's window", look.spent),
                        new Item(
                                "In the wallet",
                                Unit.TON,
                                look.channels
                                        .flatMap(Channels::walletBalance)
                                        .map(ClientView::nanotons)
                                        .orElse("")),
                        Item.seconds(
                                "Half of the requests within",
                                look.totals.times().quantile(0.5))),
                List.of(new Peers(
                        "Proxies",
                        "No proxy: the root contract lists none.",
                        look.connections.stream().map(ClientView::peer).toList())),
                List.of(channels(look), disputes(look)),
                facts(look));
    }

    private static Health health(Look look) {
        List<String> reasons = new ArrayList<>();
        look.channels.flatMap(Channels::walletProblem).ifPresent(reasons::add);
        boolean ready = look.connections.stream().anyMatch(ProxyConnection::isReady);
        if (!ready) {
            reasons.add(0, "no proxy is ready");
        }
        if (!look.disputes.isEmpty()) {
            reasons.add(look.disputes.size() + " untrue statements of proxies about money");
        }
        return ready
                ? new Health(reasons.isEmpty() ? Level.GOOD : Level.WARN, "ready", reasons)
                : new Health(Level.BAD, "not connected", reasons);
    }

    private static Peer peer(ProxyConnection connection) {
        String name = connection.proxy().orElse("no address yet");
        String problem = connection.problem().orElse("");
        Optional<Attestation> attestation = connection.attestation();
        if (attestation.isEmpty()) {
            return Peer.absent(name, "CONNECTING", problem, connection.refusal());
        }
        List<Item> items = new ArrayList<>();
        connection.account().ifPresent(account -> {
            items.add(Item.code("Client contract", account.contract().toString()));
            items.add(Item.count("Tokens charged", account.totals().charged()));
            items.add(Item.count("Tokens signed", account.totals().signed()));
        });
        items.add(Item.count("Requests running", connection.running()));
        connection.version().ifPresent(version -> items.add(Item.count("Protocol version", version)));
        return Peer.of(name, attestation.get().identity(), "READY", items, problem);
    }

    private static Table channels(Look look) {
        return new Table(
                "Channels",
                look.channels.isPresent()
                        ? "No channel is open."
                        : "This client was built without channels: it opens and closes none.",
                List.of(
                        new Column("Proxy contract", Unit.CODE),
                        new Column("State", Unit.TEXT),
                        new Column("Balance", Unit.TON),
                        new Column("Deposited", Unit.TON),
                        new Column("Tokens on the chain", Unit.COUNT),
                        new Column("Under way", Unit.TEXT),
                        new Column("Problem", Unit.TEXT)),
                look.channels.map(Channels::all).orElse(List.of()).stream()
                        .map(ClientView::row)
                        .toList());
    }

    private static List<String> row(Channel channel) {
        return List.of(
                channel.proxy().toString(),
                channel.state()
                        .map(state -> state.name().toLowerCase(java.util.Locale.ROOT))
                        .orElse("not on the chain"),
                nanotons(channel.balance()),
                nanotons(channel.deposited()),
                Long.toString(channel.tokensUsed()),
                channel.underWay().orElse(""),
                channel.problem().orElse(""));
    }

    private static Table disputes(Look look) {
        return new Table(
                "Disputes",
                "No proxy has stated anything untrue about money.",
                List.of(
                        new Column("When", Unit.TEXT),
                        new Column("Proxy", Unit.TEXT),
                        new Column("What was seen and wanted", Unit.TEXT)),
                look.disputes.stream()
                        .map(dispute -> List.of(dispute.at().toString(), dispute.proxy(), dispute.claim()))
                        .toList());
    }

    private static String nanotons(Nanoton amount) {
        return Long.toString(amount.value());
    }

    private List<Item> facts(Look look) {
        List<Item> facts = new ArrayList<>();
        facts.add(Item.count("Cancelled", look.totals.cancelled()));
        look.channels.ifPresent(
                channels -> facts.add(Item.code("Wallet", channels.wallet().toString())));
        facts.add(Item.text(
                "Root contract",
                "version " + client.root().version() + ", parameters "
                        + client.root().params().version()));
        facts.add(Item.seconds(
                "Chain was read, ago",
                Duration.between(client.rootSeenAt(), clock.instant()).toMillis() / 1e3));
        facts.add(Item.ton(
                "One adjusted token costs", client.root().params().prices().perToken()));
        facts.add(Item.count("Refused by this port", look.refused));
        facts.add(Item.bytes("Requests through this port", look.bytesReceived));
        facts.add(Item.bytes("Answers through this port", look.bytesSent));
        facts.add(look.heap.item());
        return facts;
    }

    @Override
    public List<Order> orders() {
        Order.Field proxy = new Order.Field("proxy", "Proxy contract");
        return List.of(
                new Order(
                        "/request/topup",
                        "Top up",
                        "Deposits more into a channel, from the wallet.",
                        List.of(proxy, new Order.Field("amount", "TON, such as 2.5")),
                        control::topUp),
                new Order(
                        "/request/withdraw",
                        "Withdraw",
                        "Takes back what is above the stake.",
                        List.of(proxy),
                        control::withdraw),
                new Order(
                        "/request/charge",
                        "Charge",
                        "Puts what the proxy has signed on the chain; moves no money but fees.",
                        List.of(proxy),
                        control::charge),
                new Order(
                        "/request/close",
                        "Close for good",
                        "Takes everything back and ends a channel, for good: this proxy can not be used any more.",
                        List.of(proxy),
                        control::close));
    }

    // What the reference's tools read.

    @Override
    public List<String> counters() {
        return List.of(
                "queries", "success", "failed", "bytes_received", "bytes_sent", "time", "total_adjusted_tokens_used");
    }

    @Override
    public double[] count(Look look) {
        ClientTotals totals = look.totals;
        return new double[] {
            totals.ended() + look.refused,
            totals.answered(),
            totals.failed() + totals.cancelled() + look.refused,
            look.bytesReceived,
            look.bytesSent,
            totals.time().toMillis() / 1e3,
            totals.tokens()
        };
    }

    @Override
    public void jsonStats(Look look, ObjectNode into) {
        new ClientDocument(client, clock).write(look, into);
    }
}
