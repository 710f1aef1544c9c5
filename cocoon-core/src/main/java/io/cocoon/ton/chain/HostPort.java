package io.cocoon.ton.chain;

/**
 * An IPv4 address in dotted form and a port.
 *
 * @param host four numbers with dots; the network knows no names and no IPv6 (wire dossier 3.1)
 * @param port 0 to 65535
 */
public record HostPort(String host, int port) {

    public HostPort {
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("a port is 0 to 65535, got " + port);
        }
    }

    @Override
    public String toString() {
        return host + ":" + port;
    }
}
