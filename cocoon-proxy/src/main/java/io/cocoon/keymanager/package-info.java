/**
 * Network keys: the key manager that makes them and hands their private halves to attested proxies and workers, and the
 * client with which a proxy fetches them.
 *
 * <p>Threads: connection callbacks run on the transport's event loops and take one short monitor; a timer thread makes keys,
 * deletes expired ones and polls. Files are written on the timer thread only. Private halves stay in memory and in the key
 * store; they are never logged. May use core. Source: 2026 part of the wire dossier, sections 5 and 14.
 */
@org.jspecify.annotations.NullMarked
package io.cocoon.keymanager;
