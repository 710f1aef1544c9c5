/**
 * Attested connections: proof of work, TLS through a small interface, frames, hello, keepalive, queries and answers.
 *
 * <table>
 * <caption>Threads</caption>
 * <tr><th>thread</th><th>runs</th><th>may block on</th><th>never</th></tr>
 * <tr><td>event loop</td><td>sockets, TLS records, frames, callbacks of {@link io.cocoon.transport.ConnectionHandler}
 * </td><td>nothing</td><td>user code, disk, verification of evidence, proof of work</td></tr>
 * <tr><td>verification executor</td><td>proof of work, verification of evidence</td><td>CPU</td><td>sockets</td></tr>
 * </table>
 *
 * <p>Every callback of one connection runs on that connection's event loop, in the order of the packets; state that only
 * those callbacks touch needs no lock. Source of the rules: wire dossier, sections 2 and 4.
 */
@org.jspecify.annotations.NullMarked
package io.cocoon.transport;
