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
import io.cocoon.ton.chain.HostPort;
import io.cocoon.ton.chain.RootState;
import io.cocoon.worker.EngineLoad;
import io.cocoon.worker.ModelCard;
import io.cocoon.worker.WorkerRuntime;
import io.cocoon.worker.WorkerStatus;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import java.util.regex.Pattern;

/** A worker's page. */
final class WorkerView implements RoleView<WorkerView.Look> {

    private static final int THOUSAND = 1000;
    private static final Pattern FACTOR = Pattern.compile("\\d{1,6}(\\.\\d{1,9})?");

    record Look(WorkerStatus status, Heap heap) {}

    private final WorkerRuntime worker;

    WorkerView(WorkerRuntime worker) {
        this.worker = worker;
    }

    @Override
    public Look look() {
        return new Look(worker.status(), Heap.look());
    }

    @Override
    public List<Plot<Look>> plots() {
        return List.of(
                new Plot<>(
                        "Requests",
                        Unit.PER_MINUTE,
                        "No request has come yet.",
                        Line.perMinute("answered", of(WorkerStatus::completed)),
                        Line.perMinute("failed", of(WorkerStatus::failed)),
                        Line.perMinute("cancelled", of(WorkerStatus::cancelled))),
                new Plot<>(
                        "Adjusted tokens",
                        Unit.TOKENS_PER_SECOND,
                        "No token was counted yet.",
                        Line.perSecond("prompt", of(status -> status.totals().promptTokens())),
                        Line.perSecond("cached", of(status -> status.totals().cachedTokens())),
                        Line.perSecond("answer", of(status -> status.totals().completionTokens())),
                        Line.perSecond("reasoning", of(status -> status.totals().reasoningTokens()))),
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
                        "Earned since the start",
                        Unit.TON,
                        "Nothing was earned yet.",
                        Line.level(
                                "earned", of(status -> status.totals().value().value()))),
                new Plot<>(
                        "Load",
                        Unit.COUNT,
                        "Nothing runs.",
                        Line.level("queries running", of(WorkerStatus::activeQueries)),
                        Line.level("waiting in the engine", engine(EngineLoad::waiting))),
                new Plot<>(
                        "Memory",
                        Unit.BYTES,
                        "Not looked at yet.",
                        Line.level("Java heap", look -> look.heap.used()),
                        Line.level("engine", engine(EngineLoad::usedBytes))));
    }

    private static ToDoubleFunction<Look> of(ToLongFunction<WorkerStatus> value) {
        return look -> value.applyAsLong(look.status);
    }

    private static ToDoubleFunction<Look> engine(ToLongFunction<EngineLoad> value) {
        return look -> look.status
                .engine()
                .map(load -> (double) value.applyAsLong(load))
                .orElse(Double.NaN);
    }

    @Override
    public Snapshot describe(Look look) {
        WorkerStatus status = look.status;
        return new Snapshot(
                "Worker",
                status.model().full(),
                health(status),
                List.of(
                        new Item(
                                "Queries running",
                                Unit.TEXT,
                                status.activeQueries() + " of " + status.maxActiveQueries()),
                        Item.count("Answered", status.completed()),
                        Item.count("Failed", status.failed()),
                        Item.count("Adjusted tokens", status.totals().tokens()),
                        Item.ton("Earned since the start", status.totals().value()),
                        Item.ton("Signed, to be paid out", sum(status, WorkerStatus.Account::waiting)),
                        Item.seconds(
                                "Half of the requests within",
                                status.totals().times().quantile(0.5))),
                List.of(new Peers(
                        "Proxies",
                        "No proxy: the root contract lists none that is free.",
                        status.proxies().stream().map(WorkerView::peer).toList())),
                List.of(earnings(status)),
                facts(look));
    }

    private static Health health(WorkerStatus status) {
        if (!status.disabledBecause().isEmpty()) {
            return new Health(Level.BAD, "takes no queries", status.disabledBecause());
        }
        return status.isServing()
                ? new Health(Level.GOOD, "serving", List.of())
                : new Health(Level.WARN, "no proxy", List.of("no proxy is ready to send queries"));
    }

    private static Nanoton sum(WorkerStatus status, Function<WorkerStatus.Account, WorkerStatus.Amount> part) {
        return status.accounts().stream()
                .map(account -> part.apply(account).value())
                .reduce(Nanoton.ZERO, Nanoton::plus);
    }

    private static Peer peer(WorkerStatus.Proxy proxy) {
        String name = proxy.address().map(HostPort::toString).orElse("no address yet");
        String state = proxy.state().name();
        if (proxy.peer().isEmpty()) {
            return Peer.absent(name, state, proxy.lastProblem(), proxy.refusal());
        }
        List<Item> items = new ArrayList<>();
        if (proxy.protocol() >= 0) {
            items.add(Item.count("Protocol version", proxy.protocol()));
        }
        proxy.earnings().ifPresent(earnings -> {
            items.add(Item.count("Tokens signed", earnings.signed()));
            items.add(Item.count("Tokens finished", earnings.finished()));
            if (earnings.writtenOff() > 0) {
                items.add(Item.count("Tokens written off", earnings.writtenOff()));
            }
        });
        items.add(Item.count("Disputed bills", proxy.disputedBills()));
        return Peer.of(name, proxy.peer().get(), state, items, proxy.lastProblem());
    }

    private static Table earnings(WorkerStatus status) {
        return new Table(
                "Earnings at each proxy",
                "No proxy has signed anything yet.",
                List.of(
                        new Column("Contract", Unit.CODE),
                        new Column("Signed", Unit.TON),
                        new Column("Paid", Unit.TON),
                        new Column("Asked for", Unit.TON),
                        new Column("Waiting", Unit.TON),
                        new Column("Remark", Unit.TEXT)),
                status.accounts().stream()
                        .map(account -> List.of(
                                account.contract(),
                                nanotons(account.earned()),
                                nanotons(account.paid()),
                                nanotons(account.inFlight()),
                                nanotons(account.waiting()),
                                remark(account)))
                        .toList());
    }

    private static String nanotons(WorkerStatus.Amount amount) {
        return Long.toString(amount.value().value());
    }

    private static String remark(WorkerStatus.Account account) {
        List<String> remarks = new ArrayList<>();
        if (!account.contradiction().isEmpty()) {
            remarks.add("the proxy was rolled back: it signed less than before");
        }
        if (!account.problem().isEmpty()) {
            remarks.add(account.problem());
        }
        if (account.outdated()) {
            remarks.add("of earlier parameters");
        }
        return String.join("; ", remarks);
    }

    private static List<Item> facts(Look look) {
        List<Item> facts = new ArrayList<>();
        facts.add(new Item("Price factor", Unit.THOUSANDTHS, Integer.toString(look.status.coefficient())));
        RootState root = look.status.root();
        facts.add(Item.text(
                "Root contract",
                "version " + root.version() + ", parameters " + root.params().version()));
        look.status.wallet().ifPresent(wallet -> {
            facts.add(Item.code("Wallet", wallet.address().toString()));
            wallet.balance().ifPresent(balance -> facts.add(Item.ton("In the wallet", balance)));
            facts.add(Item.count("Messages that wait", wallet.waiting()));
        });
        look.status
                .engine()
                .ifPresentOrElse(
                        load -> {
                            facts.add(Item.text("Engine computes on", load.device()));
                            facts.add(Item.bytes("Weights", load.weightBytes()));
                            facts.add(Item.text(
                                    "Cache, in tokens",
                                    "%,d in use, %,d kept, of %,d"
                                            .formatted(load.reservedTokens(), load.keptTokens(), load.maxTokens())));
                            facts.add(Item.bytes("One token takes", load.tokenBytes()));
                        },
                        () -> facts.add(Item.text("Engine", "does not tell its load and memory")));
        look.status.card().ifPresent(card -> facts.addAll(facts(card)));
        facts.add(look.heap.item());
        return facts;
    }

    private static List<Item> facts(ModelCard card) {
        List<Item> facts = new ArrayList<>(List.of(
                Item.text("Model's files", card.name()),
                Item.text("Architecture", card.architecture() + ", weights mostly " + card.weightFormat()),
                Item.count("Parameters", card.parameters()),
                Item.count("Context, in tokens", card.contextTokens())));
        card.speed().ifPresent(speed -> {
            facts.add(rate("Reads alone", speed.promptTokensPerSecond()));
            facts.add(rate("Writes alone", speed.answerTokensPerSecond()));
        });
        return facts;
    }

    private static Item rate(String label, double tokensPerSecond) {
        return new Item(label, Unit.TOKENS_PER_SECOND, Double.toString(tokensPerSecond));
    }

    @Override
    public List<Order> orders() {
        return List.of(
                Order.of("/request/enable", "Enable", "Takes queries again.", List.of(), fields -> {
                    worker.enable();
                    return "The worker is enabled.";
                }),
                Order.of(
                        "/request/disable",
                        "Disable",
                        "Takes no more queries; running ones go on.",
                        List.of(),
                        fields -> {
                            worker.disable();
                            return "The worker is disabled.";
                        }),
                Order.of(
                        "/request/change_coefficient",
                        "Change the price",
                        "Changes the price factor for queries that start from now on.",
                        List.of(new Order.Field("coefficient", "Factor, such as 1.5")),
                        this::changeCoefficient),
                ModelOrder.of(worker),
                Order.of(
                        "/request/payout",
                        "Pay out",
                        "Cashes in everything that is signed and worth more than its fees, at every proxy.",
                        List.of(),
                        fields -> {
                            worker.payOutNow();
                            return "Asked for; the table of earnings shows what becomes of it.";
                        }));
    }

    private String changeCoefficient(Map<String, String> fields) {
        String given = fields.getOrDefault("coefficient", "");
        if (!FACTOR.matcher(given).matches()) {
            throw new IllegalArgumentException(
                    "the factor is a number such as 1.5, got '" + StatusJson.text(given) + "'");
        }
        // As the reference does: what is below a thousandth is cut off.
        int thousandths = new BigDecimal(given).movePointRight(3).intValue();
        worker.changeCoefficient(thousandths);
        return "The price factor is "
                + BigDecimal.valueOf(thousandths, 3).stripTrailingZeros().toPlainString() + ".";
    }

    // What the reference's tools read.

    @Override
    public List<String> counters() {
        return List.of(
                "queries",
                "success",
                "failed",
                "total_adjusted_tokens_used",
                "prompt_adjusted_tokens_used",
                "cached_adjusted_tokens_used",
                "completion_adjusted_tokens_used",
                "reasoning_adjusted_tokens_used");
    }

    @Override
    public double[] count(Look look) {
        WorkerStatus status = look.status;
        long failed = status.failed() + status.cancelled();
        return new double[] {
            status.completed() + failed,
            status.completed(),
            failed,
            status.totals().tokens(),
            status.totals().promptTokens(),
            status.totals().cachedTokens(),
            status.totals().completionTokens(),
            status.totals().reasoningTokens()
        };
    }

    @Override
    public void jsonStats(Look look, ObjectNode into) {
        into.withObject("/status")
                .put("actual_model", look.status.disabledBecause().stream().noneMatch(why -> why.contains("model")))
                .put("enabled", look.status.disabledBecause().isEmpty())
                .put("ton_last_synced_at", look.status.rootSeenAt().getEpochSecond());
        look.status.wallet().ifPresent(wallet -> ChainDocument.wallet(wallet, into));
        ChainDocument.root(look.status.root(), into);
        into.putObject("localconfig")
                .put("model", look.status.model().full())
                .put("coefficient", look.status.coefficient() / (double) THOUSAND)
                .put("max_active_requests", look.status.maxActiveQueries());
        look.status.card().ifPresent(card -> write(card, into.putObject("model_card")));
        ArrayNode proxies = into.putArray("proxies");
        for (WorkerStatus.Account account : look.status.accounts()) {
            proxies.addObject()
                    .put("proxy_sc_address", account.proxyContract())
                    .put("worker_sc_address", account.contract())
                    .put("tokens", account.earned().tokens())
                    .put("tokens_paid", account.paid().tokens());
        }
    }

    private static void write(ModelCard card, ObjectNode into) {
        into.put("name", StatusJson.text(card.name()))
                .put("architecture", StatusJson.text(card.architecture()))
                .put("parameters", card.parameters())
                .put("weight_format", StatusJson.text(card.weightFormat()))
                .put("weight_bytes", card.weightBytes())
                .put("token_bytes", card.tokenBytes())
                .put("context_tokens", card.contextTokens())
                .put("device", StatusJson.text(card.device()));
        card.speed()
                .ifPresent(speed -> into.putObject("measured")
                        .put("prompt_tokens_per_second", speed.promptTokensPerSecond())
                        .put("prompt_piece", speed.promptPiece())
                        .put("answer_tokens_per_second", speed.answerTokensPerSecond())
                        .put("time", speed.measured().toEpochMilli() / 1e3));
    }
}
