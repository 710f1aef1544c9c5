/**
 * The worker: connections to several proxies, admission, answers, token counting and payments, around an engine that
 * makes the answers.
 *
 * <table>
 * <caption>Threads</caption>
 * <tr><th>thread</th><th>runs</th><th>may block on</th><th>never</th></tr>
 * <tr><td>event loop</td><td>handshakes, messages of proxies, admission</td><td>nothing</td><td>validation of bodies,
 * engines, callbacks of users</td></tr>
 * <tr><td>engine executor</td><td>validation and decryption of a request, then the engine, in one task</td><td>the
 * engine's device or server, a proxy that does not read</td><td>sockets of proxies</td></tr>
 * <tr><td>one timer thread</td><td>deadlines, back-off, polls</td><td>nothing</td><td>engines</td></tr>
 * <tr><td>money thread, if there is a state folder or payouts</td><td>records of earnings, payouts, the wallet</td><td>the
 * disk</td><td>sockets of proxies, the chain</td></tr>
 * </table>
 *
 * <p>So a query costs one hand-off from the event loop to the engine's thread; the answers go from there straight into
 * the connection. Depends on {@code io.cocoon.transport}, {@code io.cocoon.inference}, {@code io.cocoon.payment},
 * {@code io.cocoon.store}, {@code io.cocoon.ton.chain} and {@code io.cocoon.ton.wallet}. Source of the rules: wire dossier,
 * sections 5.4, 6.4 and 7; 2026 part, sections 8 and 10; payments dossier, section 9.5.
 */
@org.jspecify.annotations.NullMarked
package io.cocoon.worker;
