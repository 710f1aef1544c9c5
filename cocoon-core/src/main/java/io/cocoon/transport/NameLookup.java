package io.cocoon.transport;

import io.netty.util.NetUtil;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Looks names up on threads of its own, with a deadline. The system's resolver blocks for as long as it likes and cannot be
 * interrupted, so a thread that hangs is left behind and the caller is not; what needs processor time, like proof of work,
 * runs elsewhere. Thread-safe.
 */
final class NameLookup implements AutoCloseable {

    private static final int THREADS = 8;
    private static final int QUEUE = 1024;
    private static final long IDLE_SECONDS = 10;

    /** The system's resolver, or a test's. */
    interface Resolver {
        InetAddress[] all(String host) throws UnknownHostException;
    }

    private final Resolver resolver;
    private final ThreadPoolExecutor pool;

    NameLookup(Resolver resolver) {
        this.resolver = resolver;
        pool = new ThreadPoolExecutor(
                THREADS,
                THREADS,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(QUEUE),
                new DefaultThreadFactory("cocoon-names", true));
        pool.allowCoreThreadTimeOut(true);
    }

    /**
     * Returns an address of a host, IPv4 if it has one. Literals are answered at once, on the caller's thread.
     *
     * @param timer where the deadline runs
     * @return fails with {@link ConnectionClosedException}
     */
    CompletableFuture<InetAddress> find(String host, Duration deadline, ScheduledExecutorService timer) {
        byte[] literal = NetUtil.createByteArrayFromIpAddressString(host);
        if (literal != null) {
            try {
                return CompletableFuture.completedFuture(InetAddress.getByAddress(literal));
            } catch (UnknownHostException e) {
                return failed(CloseReason.Cause.NETWORK, "not an address: " + host);
            }
        }
        CompletableFuture<InetAddress> found = new CompletableFuture<>();
        try {
            pool.execute(() -> {
                if (found.isDone()) {
                    return;
                }
                try {
                    found.complete(preferIpv4(resolver.all(host)));
                } catch (UnknownHostException e) {
                    found.completeExceptionally(
                            Failures.closed(CloseReason.Cause.NETWORK, "no address is known for " + host));
                }
            });
            var late = timer.schedule(
                    () -> found.completeExceptionally(Failures.closed(
                            CloseReason.Cause.TIMEOUT, "the look-up of " + host + " was not done within " + deadline)),
                    deadline.toNanos(),
                    TimeUnit.NANOSECONDS);
            found.whenComplete((address, failure) -> late.cancel(false));
        } catch (RejectedExecutionException e) {
            return failed(
                    CloseReason.Cause.INTERNAL,
                    pool.isShutdown()
                            ? "the transport is closed"
                            : QUEUE + " look-ups wait already; " + host + " was not tried");
        }
        return found;
    }

    private static CompletableFuture<InetAddress> failed(CloseReason.Cause cause, String detail) {
        return CompletableFuture.failedFuture(Failures.closed(cause, detail));
    }

    private static InetAddress preferIpv4(InetAddress[] all) {
        for (InetAddress address : all) {
            if (address instanceof Inet4Address) {
                return address;
            }
        }
        return all[0];
    }

    /** Takes nothing more. A look-up that hangs in the system is not waited for; its thread is a daemon. */
    @Override
    public void close() {
        pool.shutdownNow();
    }
}
