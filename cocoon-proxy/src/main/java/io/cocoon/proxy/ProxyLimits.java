package io.cocoon.proxy;

import java.time.Duration;

/**
 * The bounds of a proxy. Everything that waits or is held has one; {@link #DEFAULT} suits a machine with 8 GiB for the
 * proxy. Immutable; {@link #toBuilder} makes a changed copy.
 *
 * @param maxClientConnections more are closed right after the hello
 * @param maxWorkerConnections likewise for workers
 * @param maxRunningQueries over all clients; more are refused with 651
 * @param maxRunningQueriesPerClient for one connection of a client; more are refused with 602
 * @param maxHeldBytes of request bodies that are kept for another attempt, over all queries; more are refused with 651
 * @param maxPendingBytes waiting to be sent to one peer; above it that peer's connection is closed: it does not read.
 *     Two frames at least, so that one large answer always fits
 * @param maxAttempts how many workers a query may be given to, 1 or more
 * @param maxTimeout the longest time that a client may ask for
 * @param cancelGrace how long a worker has to state its usage after its query was cancelled
 * @param handshake from the hello until a peer is ready, waiting for the chain not included
 * @param chainConfirmation how long a client may take to register on the chain
 * @param ledgerFlush how often totals are written down
 * @param chainCommit how often what was written down is committed and may be signed. On a chain each costs about 0.0025 TON
 *     (payments dossier H54), if anything was earned since the last one; a worker may lose what was earned since
 * @param modelMemory how long a model that nobody serves any more counts as known: 651 instead of 621
 * @param maxModels names in the table; workers with a new name are refused above it
 * @param maxNameBytes longest model name, and longest machine description that is kept, in characters
 * @param changeModel how long a worker may take to change its model
 */
public record ProxyLimits(
        int maxClientConnections,
        int maxWorkerConnections,
        int maxRunningQueries,
        int maxRunningQueriesPerClient,
        long maxHeldBytes,
        long maxPendingBytes,
        int maxAttempts,
        Duration maxTimeout,
        Duration cancelGrace,
        Duration handshake,
        Duration chainConfirmation,
        Duration ledgerFlush,
        Duration chainCommit,
        Duration modelMemory,
        int maxModels,
        int maxNameBytes,
        Duration changeModel) {

    /** The defaults; periods and time-outs are the reference's where it has them (wire dossier, appendix B). */
    public static final ProxyLimits DEFAULT = new ProxyLimits(
            20_000,
            10_000,
            50_000,
            10_000,
            1L << 30,
            32L << 20,
            3,
            Duration.ofHours(1),
            Duration.ofSeconds(5),
            Duration.ofSeconds(30),
            Duration.ofSeconds(300),
            Duration.ofSeconds(1),
            Duration.ofSeconds(45),
            Duration.ofMinutes(10),
            10_000,
            4096,
            Duration.ofSeconds(60));

    private static final long TWO_FRAMES = 2L << 24;

    public ProxyLimits {
        positive("maxClientConnections", maxClientConnections);
        positive("maxWorkerConnections", maxWorkerConnections);
        positive("maxRunningQueries", maxRunningQueries);
        positive("maxRunningQueriesPerClient", maxRunningQueriesPerClient);
        positive("maxHeldBytes", maxHeldBytes);
        positive("maxAttempts", maxAttempts);
        positive("maxModels", maxModels);
        positive("maxNameBytes", maxNameBytes);
        if (maxPendingBytes < TWO_FRAMES) {
            throw new IllegalArgumentException(
                    "maxPendingBytes must hold two frames, " + TWO_FRAMES + " bytes, and is " + maxPendingBytes);
        }
        positive("maxTimeout", maxTimeout.toMillis());
        positive("cancelGrace", cancelGrace.toMillis());
        positive("handshake", handshake.toMillis());
        positive("chainConfirmation", chainConfirmation.toMillis());
        positive("ledgerFlush", ledgerFlush.toMillis());
        positive("chainCommit", chainCommit.toMillis());
        positive("modelMemory", modelMemory.toMillis());
        positive("changeModel", changeModel.toMillis());
    }

    private static void positive(String name, long value) {
        if (value <= 0) {
            throw new IllegalArgumentException(name + " must be above 0 and is " + value);
        }
    }

    /** Returns a builder that starts from these values. */
    public Builder toBuilder() {
        return new Builder(this);
    }

    /** Makes a changed copy. Not thread-safe. */
    public static final class Builder {
        private int clients;
        private int workers;
        private int running;
        private int runningPerClient;
        private long held;
        private long pending;
        private int attempts;
        private Duration timeout;
        private Duration grace;
        private Duration handshake;
        private Duration confirmation;
        private Duration flush;
        private Duration commit;
        private Duration memory;
        private final ProxyLimits base;

        private Builder(ProxyLimits base) {
            this.base = base;
            clients = base.maxClientConnections;
            workers = base.maxWorkerConnections;
            running = base.maxRunningQueries;
            runningPerClient = base.maxRunningQueriesPerClient;
            held = base.maxHeldBytes;
            pending = base.maxPendingBytes;
            attempts = base.maxAttempts;
            timeout = base.maxTimeout;
            grace = base.cancelGrace;
            handshake = base.handshake;
            confirmation = base.chainConfirmation;
            flush = base.ledgerFlush;
            commit = base.chainCommit;
            memory = base.modelMemory;
        }

        /** Sets how many clients and how many workers may be connected. */
        public Builder connections(int ofClients, int ofWorkers) {
            clients = ofClients;
            workers = ofWorkers;
            return this;
        }

        /** Sets how many queries may run, over all clients and for one connection. */
        public Builder runningQueries(int inAll, int perClient) {
            running = inAll;
            runningPerClient = perClient;
            return this;
        }

        /** Sets how many bytes of requests are held, and how many may wait for one peer. */
        public Builder bytes(long heldInAll, long pendingPerPeer) {
            held = heldInAll;
            pending = pendingPerPeer;
            return this;
        }

        /** Sets to how many workers a query may be given. */
        public Builder maxAttempts(int value) {
            attempts = value;
            return this;
        }

        /** Sets the longest time that a client may ask for. */
        public Builder maxTimeout(Duration value) {
            timeout = value;
            return this;
        }

        /** Sets how long a worker has to state its usage after its query was cancelled. */
        public Builder cancelGrace(Duration value) {
            grace = value;
            return this;
        }

        /** Sets the time for a handshake, without and with a confirmation by the chain. */
        public Builder handshake(Duration value, Duration withChain) {
            handshake = value;
            confirmation = withChain;
            return this;
        }

        /** Sets how often totals are written down, and how often they are committed. */
        public Builder ledger(Duration everyFlush, Duration everyCommit) {
            flush = everyFlush;
            commit = everyCommit;
            return this;
        }

        /** Sets how long a model that nobody serves counts as known. */
        public Builder modelMemory(Duration value) {
            memory = value;
            return this;
        }

        /** Checks and returns the limits. @throws IllegalArgumentException if one is out of range */
        public ProxyLimits build() {
            return new ProxyLimits(
                    clients,
                    workers,
                    running,
                    runningPerClient,
                    held,
                    pending,
                    attempts,
                    timeout,
                    grace,
                    handshake,
                    confirmation,
                    flush,
                    commit,
                    memory,
                    base.maxModels,
                    base.maxNameBytes,
                    base.changeModel);
        }
    }
}
