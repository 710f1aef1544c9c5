package io.cocoon.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cocoon.http.Plot.Line;
import io.cocoon.http.Snapshot.Column;
import io.cocoon.http.Snapshot.Health;
import io.cocoon.http.Snapshot.Item;
import io.cocoon.http.Snapshot.Level;
import io.cocoon.http.Snapshot.Peer;
import io.cocoon.http.Snapshot.Peers;
import io.cocoon.http.Snapshot.Table;
import io.cocoon.payment.Nanoton;
import io.cocoon.proxy.ProxyServer;
import io.cocoon.proxy.ProxyStatus;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/** A proxy's page. */
final class ProxyView implements RoleView<ProxyView.Look> {

    record Look(ProxyStatus status, Heap heap) {}

    private final ProxyServer proxy;

    ProxyView(ProxyServer proxy) {
        this.proxy = proxy;
    }

    @Override
    public Look look() {
        return new Look(proxy.status(), Heap.look());
    }

    @Override
    public List<Plot<Look>> plots() {
        return List.of(
                new Plot<>(
                        "Requests",
                        Unit.PER_MINUTE,
                        "No request has come yet.",
                        Line.perMinute("answered", totals(ProxyStatus.Totals::succeeded)),
                        Line.perMinute("failed", totals(ProxyStatus.Totals::failed)),
                        Line.perMinute("refused", totals(ProxyStatus.Totals::refused))),
                new Plot<>(
                        "Adjusted tokens",
                        Unit.TOKENS_PER_SECOND,
                        "No token was billed yet.",
                        Line.perSecond("billed", totals(ProxyStatus.Totals::billedTokens))),
                new Plot<>(
                        "Time of a request",
                        Unit.SECONDS,
                        "No request has ended yet.",
                        Line.quantile(
                                "to the head, half of them",
                                0.5,
                                look -> look.status.totals().timesToHead()),
                        Line.quantile(
                                "whole, half of them",
                                0.5,
                                look -> look.status.totals().times()),
                        Line.quantile(
                                "whole, 95 of 100",
                                0.95,
                                look -> look.status.totals().times())),
                new Plot<>(
                        "Money since the start",
                        Unit.TON,
                        "Nothing was charged yet.",
                        Line.level(
                                "charged to clients",
                                totals(totals -> totals.charged().value())),
                        Line.level(
                                "credited to workers",
                                totals(totals -> totals.credited().value()))),
                new Plot<>(
                        "Load",
                        Unit.COUNT,
                        "Nothing runs.",
                        Line.level("queries running", look -> look.status.runningQueries()),
                        Line.level("workers", look -> look.status.workers().size()),
                        Line.level("clients", look -> look.status.clients().size())),
                new Plot<>(
                        "Memory",
                        Unit.BYTES,
                        "Not looked at yet.",
                        Line.level("Java heap", look -> look.heap.used()),
                        Line.level("requests held", look -> look.status.heldBytes())));
    }

    private static ToDoubleFunction<Look> totals(ToLongFunction<ProxyStatus.Totals> value) {
        return look -> value.applyAsLong(look.status.totals());
    }

    @Override
    public Snapshot describe(Look look) {
        ProxyStatus status = look.status;
        ProxyStatus.Totals totals = status.totals();
        List<Table> tables = new ArrayList<>();
        tables.add(models(status));
        status.onChain().ifPresent(chain -> tables.add(contracts(chain)));
        return new Snapshot(
                "Proxy",
                status.contract().toString(),
                health(status),
                List.of(
                        Item.count("Queries running", status.runningQueries()),
                        Item.count("Answered", totals.succeeded()),
                        Item.count("Failed", totals.failed()),
                        Item.count("Refused", totals.refused()),
                        Item.count("Adjusted tokens billed", totals.billedTokens()),
                        Item.ton("Charged since the start", totals.charged()),
                        Item.ton("Kept since the start", totals.charged().minus(totals.credited())),
                        Item.seconds(
                                "Half of the requests within", totals.times().quantile(0.5))),
                List.of(
                        new Peers(
                                "Workers",
                                "No worker is connected: clients get nothing.",
                                status.workers().stream().map(ProxyView::peer).toList()),
                        new Peers(
                                "Clients",
                                "No client is connected.",
                                status.clients().stream().map(ProxyView::peer).toList())),
                tables,
                facts(look));
    }

    private static Health health(ProxyStatus status) {
        List<String> reasons = new ArrayList<>();
        status.onChain().flatMap(ProxyStatus.Chain::problem).ifPresent(reasons::add);
        if (!status.mode().equals("SERVING")) {
            reasons.add(
                    0,
                    switch (status.mode()) {
                        case "WAITING" ->
                            "the chain has not shown the start of the ledger yet, or the ledger has stopped";
                        case "DRAINING" -> "it admits nothing more and waits for running queries";
                        case "CLOSED" -> "it was closed";
                        default -> "the operator disabled it, or its contract does not let it serve";
                    });
            return new Health(Level.BAD, status.mode().toLowerCase(Locale.ROOT), reasons);
        }
        if (status.workers().stream().allMatch(ProxyStatus.Worker::disabled)) {
            reasons.add("no worker takes queries");
        }
        return new Health(reasons.isEmpty() ? Level.GOOD : Level.WARN, "serving", reasons);
    }

    private static Peer peer(ProxyStatus.Worker worker) {
        return Peer.of(
                text(worker.address()),
                worker.peer(),
                worker.disabled() ? "DISABLED" : "READY",
                List.of(
                        Item.text("Model", worker.model()),
                        Item.count("Connection", worker.connection()),
                        Item.text("Queries running", worker.running() + " of " + worker.limit()),
                        Item.seconds("Time of a query, mean", worker.meanSeconds()),
                        new Item("Queries that succeed", Unit.SHARE, Double.toString(worker.successRate())),
                        new Item("Price factor", Unit.THOUSANDTHS, Integer.toString(worker.coefficient())),
                        Item.count("Tokens earned", worker.tokens()),
                        Item.count("Protocol version", worker.version()),
                        Item.text("Machine, as it says", worker.machine())),
                "");
    }

    private static Peer peer(ProxyStatus.Client client) {
        return Peer.of(
                text(client.address()),
                client.peer(),
                "READY",
                List.of(
                        Item.code("Client contract", client.contract().toString()),
                        Item.count("Connection", client.connection()),
                        Item.count("Queries running", client.running()),
                        Item.count("Tokens reserved", client.reserved()),
                        Item.count("Tokens owed", client.tokens()),
                        Item.bytes("Waiting to be sent", client.pendingBytes()),
                        Item.count("Protocol version", client.version())),
                "");
    }

    private static String text(InetSocketAddress address) {
        return address.isUnresolved()
                ? address.getHostString() + ":" + address.getPort()
                : address.getAddress().getHostAddress() + ":" + address.getPort();
    }

    private static Table models(ProxyStatus status) {
        return new Table(
                "Models",
                "No worker serves a model.",
                List.of(
                        new Column("Model", Unit.TEXT),
                        new Column("Workers", Unit.COUNT),
                        new Column("Running", Unit.COUNT),
                        new Column("At most", Unit.COUNT),
                        new Column("Cheapest", Unit.THOUSANDTHS)),
                status.workers().stream()
                        .collect(java.util.stream.Collectors.groupingBy(
                                ProxyStatus.Worker::model,
                                java.util.TreeMap::new,
                                java.util.stream.Collectors.toList()))
                        .entrySet()
                        .stream()
                        .map(ProxyView::model)
                        .toList());
    }

    private static List<String> model(Map.Entry<String, List<ProxyStatus.Worker>> served) {
        List<ProxyStatus.Worker> workers = served.getValue();
        return List.of(
                served.getKey(),
                Integer.toString(workers.size()),
                Integer.toString(
                        workers.stream().mapToInt(ProxyStatus.Worker::running).sum()),
                Integer.toString(
                        workers.stream().mapToInt(ProxyStatus.Worker::limit).sum()),
                Integer.toString(workers.stream()
                        .mapToInt(ProxyStatus.Worker::coefficient)
                        .min()
                        .orElse(0)));
    }

    private static Table contracts(ProxyStatus.Chain chain) {
        return new Table(
                "Contracts",
                "The chain has not been read yet.",
                List.of(
                        new Column("Contract", Unit.CODE),
                        new Column("State", Unit.TEXT),
                        new Column("On it", Unit.TON),
                        new Column("The owner's", Unit.TON),
                        new Column("Remark", Unit.TEXT)),
                chain.contracts().stream()
                        .map(contract -> List.of(
                                contract.address().toString(),
                                contract.state().toLowerCase(Locale.ROOT),
                                nanotons(contract.account()),
                                nanotons(contract.earnings()),
                                contract.isEnding() ? "ends; " + contract.unsettled() + " not settled" : ""))
                        .toList());
    }

    private static String nanotons(Optional<Nanoton> amount) {
        return amount.map(value -> Long.toString(value.value())).orElse("");
    }

    private static List<Item> facts(Look look) {
        ProxyStatus status = look.status;
        List<Item> facts = new ArrayList<>();
        facts.add(Item.code("Public key", status.publicKey().toHex()));
        facts.add(Item.text("Chain", status.chain()));
        facts.add(Item.text(
                "Root contract",
                "version " + status.root().version() + ", parameters "
                        + status.root().params().version()));
        status.onChain().ifPresent(chain -> {
            facts.add(Item.code("Wallet", chain.wallet().address().toString()));
            facts.add(
                    new Item("In the wallet", Unit.TON, nanotons(chain.wallet().balance())));
            facts.add(Item.count("Messages that wait", chain.wallet().waiting()));
        });
        facts.add(Item.count("Retries", status.totals().retried()));
        facts.add(Item.count("Cancelled", status.totals().cancelled()));
        facts.add(Item.count("Peers that broke the protocol", status.totals().violations()));
        facts.add(Item.bytes("Requests in", status.totals().requestBytes()));
        facts.add(Item.bytes("Answers out", status.totals().answerBytes()));
        facts.add(look.heap.item());
        return facts;
    }

    @Override
    public List<Order> orders() {
        return List.of(
                Order.of("/request/enable", "Enable", "Returns to service.", List.of(), fields -> {
                    proxy.enable();
                    return "The proxy is enabled.";
                }),
                Order.of(
                        "/request/disable",
                        "Disable",
                        "Leaves service: ends running queries with an error and closes all connections.",
                        List.of(),
                        fields -> {
                            proxy.disable();
                            return "The proxy is disabled.";
                        }),
                Order.of(
                        "/request/change_worker_model",
                        "Change a worker's model",
                        "Asks a worker to serve another model; it restarts itself with it.",
                        List.of(
                                new Order.Field("connection", "Connection number"),
                                new Order.Field("model", "Full name of the model")),
                        this::changeModel));
    }

    private String changeModel(Map<String, String> fields) {
        String model = fields.getOrDefault("model", "");
        long connection;
        try {
            connection = Long.parseLong(fields.getOrDefault("connection", ""));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("the connection is a number of the list of workers", e);
        }
        if (model.isEmpty()) {
            throw new IllegalArgumentException("the model's full name is missing");
        }
        if (proxy.status().workers().stream().noneMatch(worker -> worker.connection() == connection)) {
            throw new IllegalArgumentException("no ready worker has connection number " + connection);
        }
        proxy.changeModel(connection, model);
        return "Asked for; the list of workers shows what becomes of it.";
    }

    // What the reference's tools read.

    @Override
    public List<String> counters() {
        return List.of(
                "queries",
                "success",
                "failed",
                "rejected",
                "bytes_received",
                "bytes_sent",
                "total_adjusted_tokens_used");
    }

    @Override
    public double[] count(Look look) {
        ProxyStatus.Totals totals = look.status.totals();
        return new double[] {
            totals.admitted(),
            totals.succeeded(),
            totals.failed(),
            totals.refused(),
            totals.requestBytes(),
            totals.answerBytes(),
            totals.billedTokens()
        };
    }

    @Override
    public void jsonStats(Look look, ObjectNode into) {
        ProxyStatus status = look.status;
        into.withObject("/status")
                .put("enabled", status.mode().equals("SERVING"))
                .put("ton_last_synced_at", status.rootSeenAt().getEpochSecond());
        status.onChain().ifPresent(chain -> ChainDocument.wallet(chain.wallet(), into));
        ChainDocument.root(status.root(), into);
        into.putObject("smartcontract").put("address", status.contract().toString());
        ArrayNode connections = into.putArray("worker_connections");
        for (ProxyStatus.Worker worker : status.workers()) {
            connections
                    .addObject()
                    .put("connection_id", worker.connection())
                    .put("model", worker.model())
                    .put("coefficient", worker.coefficient())
                    .put("active_requests", worker.running())
                    .put("max_active_requests", worker.limit())
                    .put("machine_description", worker.machine());
        }
        ArrayNode clients = into.putArray("clients");
        for (ProxyStatus.Client client : status.clients()) {
            clients.addObject()
                    .put("client_sc_address", client.contract().toString())
                    .put("tokens_used", client.tokens());
        }
    }
}
