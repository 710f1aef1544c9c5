package io.cocoon.transport;

/** How a listener treats a new connection before its first frame. Immutable. Wire dossier 4.1 and 4.5. */
public sealed interface ListenMode {

    /**
     * Asks for proof of work, then speaks TLS.
     *
     * @param tls our certificate, and the policy for peers
     * @param powDifficulty 0 to 64 bits; the reference asks for 20
     */
    record Direct(SecureChannelProvider tls, int powDifficulty) implements ListenMode {
        public Direct {
            if (powDifficulty < 0 || powDifficulty > 64) {
                throw new IllegalArgumentException("a difficulty is 0 to 64 bits, not " + powDifficulty);
            }
        }
    }

    /**
     * Expects one peer record, then frames in clear text.
     *
     * @param anyAddressMayClaimToBeARouter false: the listener binds, and takes connections from, loopback only
     */
    record BehindRouter(boolean anyAddressMayClaimToBeARouter) implements ListenMode {}

    /** Returns the mode of a listener that peers reach directly. */
    static ListenMode direct(SecureChannelProvider tls, int powDifficulty) {
        return new Direct(tls, powDifficulty);
    }

    /** Returns the mode of a listener that only a router on this host reaches. */
    static ListenMode behindRouter() {
        return new BehindRouter(false);
    }

    /**
     * Returns the mode of a listener that a router on another host reaches. Whoever can connect to it can claim to be
     * any attested peer (hazard H23): only a network that nobody else reaches makes that safe.
     */
    static ListenMode behindRouterTrustingEveryoneWhoCanConnect() {
        return new BehindRouter(true);
    }
}
