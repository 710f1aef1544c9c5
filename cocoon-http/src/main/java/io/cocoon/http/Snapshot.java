package io.cocoon.http;

import io.cocoon.payment.Nanoton;
import io.cocoon.tee.AttestationReport;
import io.cocoon.transport.PeerIdentity;
import io.cocoon.transport.PeerReport;
import java.util.List;
import java.util.Optional;

/**
 * What a status page shows of one moment, but for its plots. Texts are as they came, of peers too: whoever writes them escapes.
 *
 * @param role such as {@code Worker}
 * @param name which one
 * @param health whether it does its work
 * @param tiles the numbers that matter most
 * @param peers who it talks to
 * @param tables everything that is a list
 * @param facts everything else
 */
record Snapshot(
        String role,
        String name,
        Health health,
        List<Item> tiles,
        List<Peers> peers,
        List<Table> tables,
        List<Item> facts) {

    /** How good something is. */
    enum Level {
        GOOD,
        WARN,
        BAD,
        IDLE
    }

    /**
     * Whether a process does its work.
     *
     * @param word for a badge
     * @param reasons what keeps it, one sentence each; empty if nothing does
     */
    record Health(Level level, String word, List<String> reasons) {}

    /** A value with its name. */
    record Item(String label, Unit unit, String value) {

        static Item text(String label, String value) {
            return new Item(label, Unit.TEXT, value);
        }

        static Item code(String label, String value) {
            return new Item(label, Unit.CODE, value);
        }

        static Item count(String label, long value) {
            return new Item(label, Unit.COUNT, Long.toString(value));
        }

        static Item bytes(String label, long value) {
            return new Item(label, Unit.BYTES, Long.toString(value));
        }

        static Item ton(String label, Nanoton value) {
            return new Item(label, Unit.TON, Long.toString(value.value()));
        }

        static Item seconds(String label, double value) {
            return new Item(label, Unit.SECONDS, Double.isNaN(value) ? "" : Double.toString(value));
        }
    }

    /** The peers of a process, and what is said if there are none. */
    record Peers(String title, String none, List<Peer> all) {}

    /**
     * One peer.
     *
     * @param kind what was proven; empty while nobody is connected
     * @param verdict the same for people
     * @param state where the connection stands
     * @param items numbers of the connection
     * @param problem what was wrong last; empty if nothing was
     * @param report every check, if this process made them
     */
    record Peer(
            String name,
            Level level,
            Optional<PeerIdentity.Kind> kind,
            String verdict,
            String state,
            List<Item> items,
            String problem,
            Optional<AttestationReport> report) {

        static Peer of(String name, PeerIdentity identity, String state, List<Item> items, String problem) {
            Optional<AttestationReport> report = checks(identity.report());
            String verdict = report.map(AttestationReport::verdict)
                    .orElseGet(() -> identity.source() == PeerIdentity.Source.ROUTER
                            ? identity.kind() + ", as a router on this host said; the checks were made there"
                            : identity.isAttested()
                                    ? identity.kind().toString()
                                    : "UNATTESTED: no evidence was asked for");
            return new Peer(
                    name,
                    identity.isAttested() ? Level.GOOD : Level.WARN,
                    Optional.of(identity.kind()),
                    verdict,
                    state,
                    items,
                    problem,
                    report);
        }

        /** A peer that is not there; if it was refused, with what was checked of it. */
        static Peer absent(String name, String state, String problem, Optional<PeerReport> refusal) {
            Optional<AttestationReport> report = checks(refusal);
            return new Peer(
                    name,
                    problem.isEmpty() ? Level.IDLE : Level.BAD,
                    Optional.empty(),
                    report.map(AttestationReport::verdict).orElse("not connected"),
                    state,
                    List.of(),
                    problem,
                    report);
        }

        private static Optional<AttestationReport> checks(Optional<? extends PeerReport> report) {
            return report.filter(AttestationReport.class::isInstance).map(AttestationReport.class::cast);
        }
    }

    /** A column of a table. */
    record Column(String label, Unit unit) {}

    /** A list of equal things, and what is said if there are none. */
    record Table(String title, String none, List<Column> columns, List<List<String>> rows) {}
}
