/**
 * The client: one fluent object that talks to a network of attested proxies, checks what it is charged, and hides
 * nothing.
 *
 * <table>
 * <caption>Threads</caption>
 * <tr><th>thread</th><th>runs</th><th>may block on</th><th>never</th></tr>
 * <tr><td>caller</td><td>building requests, reading answers, parsing, decryption</td><td>its own answer, with a deadline
 * </td><td>the chain</td></tr>
 * <tr><td>event loop of a connection</td><td>handshake, taking answers apart, handing parts to their request</td>
 * <td>nothing</td><td>user code, JSON, signatures</td></tr>
 * <tr><td>scheduler (one, injectable)</td><td>reconnects, payment polls, sweeping of forgotten requests</td>
 * <td>nothing</td><td>user code</td></tr>
 * <tr><td>money (one, with channels only)</td><td>looking at contracts, orders to the wallet, listeners of channels</td>
 * <td>the disk, for a write</td><td>the chain</td></tr>
 * <tr><td>executor (injectable)</td><td>the asynchronous face, checks of signed payments, observers</td><td>as a caller</td>
 * <td>–</td></tr>
 * </table>
 *
 * <p>Depends on the core and on attestation; knows nothing of proxies and workers but their messages. Source of the rules:
 * wire dossier, sections 5, 6, 7 and 9; its 2026 part, sections 3 to 6 and 16.
 */
@org.jspecify.annotations.NullMarked
package io.cocoon.client;
