/**
 * The load program: client, proxy, worker and a stand-in model server in separate processes on the loopback interface,
 * attested TLS on every hop, and figures that can be compared with the C++ programs'. Never published.
 */
@org.jspecify.annotations.NullMarked
package io.cocoon.benchmarks.load;
