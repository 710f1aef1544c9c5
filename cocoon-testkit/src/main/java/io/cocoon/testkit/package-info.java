/**
 * A whole network in one JVM, for first steps and for the tests of applications: proxies, workers and clients on real
 * sockets of the loopback interface, with simulated attestation and a simulated chain.
 *
 * <p>Everything here says that it is simulated. Depends on every other module; nothing depends on it.
 */
@org.jspecify.annotations.NullMarked
package io.cocoon.testkit;
