package io.cocoon.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cocoon.tee.AttestationCheck;
import io.cocoon.tee.AttestationReport;
import java.util.List;
import java.util.Locale;

/** Writes what the page reads: {@code /status.json}. Long texts are cut: a peer's name must not make the page slow. */
final class StatusJson {

    /** More than any honest name, address or sentence has. */
    static final int LONGEST_TEXT = 2_000;

    private static final int SIGNIFICANT = 1_000_000;

    private StatusJson() {}

    static void write(Snapshot snapshot, ObjectNode root) {
        root.put("role", text(snapshot.role())).put("name", text(snapshot.name()));
        ObjectNode health = root.putObject("health")
                .put("level", word(snapshot.health().level()))
                .put("word", text(snapshot.health().word()));
        ArrayNode reasons = health.putArray("reasons");
        snapshot.health().reasons().forEach(reason -> reasons.add(text(reason)));
        items(snapshot.tiles(), root.putArray("tiles"));
        items(snapshot.facts(), root.putArray("facts"));
        ArrayNode groups = root.putArray("peers");
        for (Snapshot.Peers peers : snapshot.peers()) {
            ObjectNode group = groups.addObject().put("title", peers.title()).put("none", peers.none());
            ArrayNode all = group.putArray("all");
            peers.all().forEach(peer -> peer(peer, all.addObject()));
        }
        ArrayNode tables = root.putArray("tables");
        snapshot.tables().forEach(table -> table(table, tables.addObject()));
    }

    private static void items(List<Snapshot.Item> items, ArrayNode into) {
        items.forEach(item -> into.addObject()
                .put("label", item.label())
                .put("unit", item.unit().name())
                .put("value", text(item.value())));
    }

    private static void peer(Snapshot.Peer peer, ObjectNode into) {
        into.put("name", text(peer.name()))
                .put("level", word(peer.level()))
                .put("kind", peer.kind().map(Enum::name).orElse(""))
                .put("verdict", text(peer.verdict()))
                .put("state", text(peer.state()))
                .put("problem", text(peer.problem()));
        items(peer.items(), into.putArray("items"));
        peer.report().ifPresent(report -> report(report, into.putObject("report")));
    }

    private static void report(AttestationReport report, ObjectNode into) {
        into.put("policy", text(report.policy()))
                .put("time", report.time().toEpochMilli())
                .put("key", report.key().toHex())
                .put(
                        "image",
                        report.imageHash().isZero() ? "" : report.imageHash().toHex());
        ArrayNode checks = into.putArray("checks");
        for (AttestationCheck check : report.checks()) {
            checks.addObject()
                    .put("name", text(check.name()))
                    .put("outcome", check.outcome().name())
                    .put("code", text(check.code()))
                    .put("seen", text(check.seen()))
                    .put("wanted", text(check.wanted()))
                    .put("rule", text(check.rule()))
                    .put("next", text(check.nextStep()));
        }
    }

    private static void table(Snapshot.Table table, ObjectNode into) {
        into.put("title", table.title()).put("none", table.none());
        ArrayNode columns = into.putArray("columns");
        table.columns()
                .forEach(column -> columns.addObject()
                        .put("label", column.label())
                        .put("unit", column.unit().name()));
        ArrayNode rows = into.putArray("rows");
        table.rows().forEach(row -> {
            ArrayNode cells = rows.addArray();
            row.forEach(cell -> cells.add(text(cell)));
        });
    }

    static <S> void writePlots(List<Plot<S>> plots, List<TimeSeries.Point> points, ObjectNode root) {
        ArrayNode all = root.putArray("plots");
        for (Plot<S> plot : plots) {
            ObjectNode one = all.addObject()
                    .put("title", plot.title())
                    .put("unit", plot.unit().name())
                    .put("empty", plot.empty());
            ArrayNode lines = one.putArray("lines");
            plot.lines().forEach(line -> lines.add(line.name()));
        }
        ArrayNode rows = root.putArray("points");
        for (TimeSeries.Point point : points) {
            ArrayNode row = rows.addArray().add(point.millis());
            for (double value : point.values()) {
                number(value, row);
            }
        }
    }

    private static void number(double value, ArrayNode into) {
        if (!Double.isFinite(value)) {
            into.addNull();
        } else if (value == Math.rint(value) && Math.abs(value) < 1e15) {
            into.add((long) value);
        } else {
            // Nobody sees more digits, and an hour of them is sent when a page opens.
            double rounded = Math.rint(value * SIGNIFICANT) / SIGNIFICANT;
            into.add(rounded);
        }
    }

    static void writeOrders(List<Order> orders, boolean takesOrders, ObjectNode root) {
        root.put("takesOrders", takesOrders);
        ArrayNode all = root.putArray("orders");
        for (Order order : orders) {
            ObjectNode one = all.addObject()
                    .put("path", order.path())
                    .put("label", order.label())
                    .put("explanation", order.explanation());
            ArrayNode fields = one.putArray("fields");
            order.fields()
                    .forEach(field ->
                            fields.addObject().put("name", field.name()).put("label", field.label()));
        }
    }

    static String text(String text) {
        if (text.length() <= LONGEST_TEXT) {
            return text;
        }
        int end = Character.isHighSurrogate(text.charAt(LONGEST_TEXT - 1)) ? LONGEST_TEXT - 1 : LONGEST_TEXT;
        return text.substring(0, end) + "… (" + text.length() + " characters)";
    }

    private static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
