/**
 * The proxy: it stands between clients and workers, decides who may ask and who answers, forwards bytes untouched, meters
 * tokens, and signs what is owed.
 *
 * <table>
 * <caption>Threads</caption>
 * <tr><th>thread</th><th>runs</th><th>may block on</th><th>never</th></tr>
 * <tr><td>event loops of the transport</td><td>handshakes, admission, forwarding, settling</td><td>the short locks below</td>
 * <td>disk, chain, waiting for a peer</td></tr>
 * <tr><td>one timer thread</td><td>deadlines, the end of connections, root changes</td><td>the same locks</td><td>disk, sockets</td></tr>
 * <tr><td>the ledger's thread, if it has files</td><td>writing, then telling peers their bills</td><td>its disk, the same
 * locks</td><td>chain, waiting for a peer</td></tr>
 * </table>
 *
 * <p>Locks, always taken in this order, never the other way round: (1) the monitor of one {@code Query}; (2) the monitor of
 * the {@code WorkerTable}, or that of the {@code ClientTable}, or that of one peer's session or slot, under which totals are
 * stated to it in order; (3) the {@link io.cocoon.proxy.Ledger}'s own. No code takes
 * the monitors of two queries, and under (2) nothing calls out of the package but
 * {@code Connection.isWritable}, which reads one number. Under (1) only {@code Connection.send},
 * {@code Connection.close} and the ledger are called; since the transport may report a connection's end from inside such a
 * call, {@code closed} callbacks only hand over to the timer thread and take no lock themselves. So no cycle is possible.
 *
 * <p>A proxy that keeps contracts on a chain has one more monitor, that of the {@code ContractKeeper}. The timer, the ledger's
 * thread and callers of the status take it; event loops never do, because disk and signatures are waited for under it. It comes
 * before (2) and (3), and nobody who holds (1) takes it.
 *
 * <p>Measured on two busy cores, JDK 17, everything in one process: 70,000 to 137,000 queries a second without sockets, from
 * one to four threads without a drop, so the locks are far from being the limit; 28,000 to 45,000 over loopback sockets
 * without TLS, clients and workers included.
 *
 * <p>May use core (protocol, transport, payment, chain) and {@code io.cocoon.keymanager}. Sources: wire dossier, sections 5
 * to 7 and 9, its 2026 part, sections 3, 9 and 10, payments dossier, sections 7 and 12.
 */
@org.jspecify.annotations.NullMarked
package io.cocoon.proxy;
