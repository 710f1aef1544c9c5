package io.cocoon.transport;

/** Where to dial, and which way. Immutable. Wire dossier 4.4. */
public sealed interface DialTarget {

    /**
     * Dials the peer itself: proof of work, then TLS.
     *
     * @param host name or address literal
     * @param port 1 to 65535
     * @param tls our certificate, and the policy for the peer
     */
    record Direct(String host, int port, SecureChannelProvider tls) implements DialTarget {
        public Direct {
            checkPort(port);
        }

        @Override
        public String toString() {
            return host + ":" + port;
        }
    }

    /**
     * Lets a router dial: SOCKS5 to the router, which does proof of work and TLS and writes a peer record.
     *
     * @param socksHost where the router listens; whoever listens there can claim any peer (hazard H23)
     * @param socksPort 1 to 65535
     * @param host name or address literal of the peer; IPv4, because routers take nothing else
     * @param port 1 to 65535
     */
    record ViaRouter(String socksHost, int socksPort, String host, int port) implements DialTarget {
        public ViaRouter {
            checkPort(socksPort);
            checkPort(port);
        }

        @Override
        public String toString() {
            return host + ":" + port + " via " + socksHost + ":" + socksPort;
        }
    }

    /** Returns a target that is dialled without a router. */
    static DialTarget direct(String host, int port, SecureChannelProvider tls) {
        return new Direct(host, port, tls);
    }

    /** Returns a target behind a router. */
    static DialTarget viaRouter(String socksHost, int socksPort, String host, int port) {
        return new ViaRouter(socksHost, socksPort, host, port);
    }

    private static void checkPort(int port) {
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException("a port is 1 to 65535, not " + port);
        }
    }
}
