package io.cocoon.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cocoon.http.Plot.Line;
import io.cocoon.http.Snapshot.Column;
import io.cocoon.http.Snapshot.Health;
import io.cocoon.http.Snapshot.Item;
import io.cocoon.http.Snapshot.Level;
import io.cocoon.http.Snapshot.Peer;
import io.cocoon.http.Snapshot.Peers;
import io.cocoon.http.Snapshot.Table;
import io.cocoon.keymanager.KeyManagerServer;
import io.cocoon.keymanager.KeyManagerStatus;
import io.cocoon.transport.PeerIdentity;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A key manager's page: public halves, who asks for the private ones, and whether clients can use them. */
final class KeyManagerView implements RoleView<KeyManagerView.Look> {

    record Look(KeyManagerStatus status, Heap heap) {

        long unlisted() {
            return status.keys().stream().filter(key -> !key.listed()).count();
        }
    }

    private final KeyManagerServer keyManager;
    private final Clock clock;

    KeyManagerView(KeyManagerServer keyManager, Clock clock) {
        this.keyManager = keyManager;
        this.clock = clock;
    }

    @Override
    public Look look() {
        return new Look(keyManager.status(), Heap.look());
    }

    @Override
    public List<Plot<Look>> plots() {
        return List.of(
                new Plot<>(
                        "Queries",
                        Unit.PER_MINUTE,
                        "Nobody has asked for keys yet.",
                        Line.perMinute("answered", look -> look.status.served()),
                        Line.perMinute("refused", look -> look.status.refused())),
                new Plot<>(
                        "Callers",
                        Unit.COUNT,
                        "Nobody is connected.",
                        Line.level("connected", look -> look.status.connections())),
                new Plot<>(
                        "Memory", Unit.BYTES, "Not looked at yet.", Line.level("Java heap", look -> look.heap.used())));
    }

    @Override
    public Snapshot describe(Look look) {
        KeyManagerStatus status = look.status;
        return new Snapshot(
                "Key manager",
                "of the network " + status.root().root(),
                health(look),
                List.of(
                        Item.count("Keys", status.keys().size()),
                        Item.count("Not listed by the root contract", look.unlisted()),
                        Item.count("Callers connected", status.connections()),
                        Item.count("Queries answered", status.served()),
                        Item.count("Queries refused", status.refused())),
                List.of(new Peers("Callers", "Nobody is connected.", peers(status.peers()))),
                List.of(keys(status)),
                List.of(Item.text("Root contract", "version " + status.root().version()), look.heap.item()));
    }

    private static Health health(Look look) {
        if (look.status.keys().isEmpty()) {
            return new Health(Level.BAD, "no key", List.of("no key is valid: the log says why none was made"));
        }
        return look.unlisted() < look.status.keys().size()
                ? new Health(Level.GOOD, "serving", List.of())
                : new Health(
                        Level.WARN,
                        "not listed",
                        List.of("the root contract lists none of these keys, so no client encrypts with them"));
    }

    private static List<Peer> peers(List<PeerIdentity> callers) {
        List<Peer> peers = new ArrayList<>();
        for (PeerIdentity caller : callers) {
            peers.add(Peer.of("caller " + (peers.size() + 1), caller, "CONNECTED", List.of(), ""));
        }
        return peers;
    }

    private Table keys(KeyManagerStatus status) {
        return new Table(
                "Keys, their public halves",
                "No key is valid.",
                List.of(
                        new Column("Public half", Unit.CODE),
                        new Column("Type", Unit.COUNT),
                        new Column("Valid for", Unit.SECONDS),
                        new Column("Root contract", Unit.TEXT)),
                status.keys().stream()
                        .map(key -> List.of(
                                key.key().publicKey().toHex(),
                                Integer.toString(key.key().type()),
                                Long.toString(Duration.between(
                                                clock.instant(), key.key().expiresAt())
                                        .toSeconds()),
                                key.listed() ? "lists it" : "does not list it"))
                        .toList());
    }

    @Override
    public List<Order> orders() {
        return List.of();
    }

    @Override
    public List<String> counters() {
        return List.of("queries", "success", "rejected");
    }

    @Override
    public double[] count(Look look) {
        KeyManagerStatus status = look.status;
        return new double[] {status.served() + status.refused(), status.served(), status.refused()};
    }

    @Override
    public void jsonStats(Look look, ObjectNode into) {
        into.withObject("/status")
                .put("ton_last_synced_at", look.status.rootSeenAt().getEpochSecond());
        ChainDocument.root(look.status.root(), into);
    }
}
