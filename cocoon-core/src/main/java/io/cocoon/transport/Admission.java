package io.cocoon.transport;

import java.net.InetAddress;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Counts the connections of a listener and the rate at which one address opens them (hazard H25). Thread-safe.
 *
 * <p>An address is remembered while it has connections or has not got its burst back; how many are remembered is bounded.
 */
final class Admission {

    private static final int BURST_SECONDS = 10;
    private static final int MAX_REMEMBERED = 1 << 16;
    private static final double NANOS = 1e9;

    private static final class Entry {
        private int open;
        private double allowance;
        private long since;
    }

    private final ListenLimits limits;
    private final boolean perAddress;
    private final LongSupplier nanoTime;
    private final Map<InetAddress, Entry> entries = new HashMap<>();
    private int connections;
    private int handshakes;

    Admission(ListenLimits limits, boolean perAddress, LongSupplier nanoTime) {
        this.limits = limits;
        this.perAddress = perAddress;
        this.nanoTime = nanoTime;
    }

    /** Counts a connection in; it begins in handshake. False, and not counted, if it is above a bound. */
    synchronized boolean enter(InetAddress address) {
        if (connections >= limits.maxConnections() || handshakes >= limits.maxHandshakes()) {
            return false;
        }
        if (perAddress && !enterAddress(address)) {
            return false;
        }
        connections++;
        handshakes++;
        return true;
    }

    private boolean enterAddress(InetAddress address) {
        long now = nanoTime.getAsLong();
        Entry entry = entries.get(address);
        if (entry == null) {
            if (entries.size() >= MAX_REMEMBERED) {
                dropRecovered(now);
                if (entries.size() >= MAX_REMEMBERED) {
                    return false;
                }
            }
            entry = new Entry();
            entry.allowance = burst();
            entry.since = now;
            entries.put(address, entry);
        }
        refill(entry, now);
        if (entry.open >= limits.maxConnectionsPerAddress() || entry.allowance < 1) {
            return false;
        }
        entry.allowance--;
        entry.open++;
        return true;
    }

    private double burst() {
        return (double) limits.challengesPerSecondPerAddress() * BURST_SECONDS;
    }

    private void refill(Entry entry, long now) {
        double seconds = (now - entry.since) / NANOS;
        entry.allowance = Math.min(burst(), entry.allowance + seconds * limits.challengesPerSecondPerAddress());
        entry.since = now;
    }

    private void dropRecovered(long now) {
        for (Iterator<Entry> all = entries.values().iterator(); all.hasNext(); ) {
            Entry entry = all.next();
            refill(entry, now);
            if (entry.open == 0 && entry.allowance >= burst()) {
                all.remove();
            }
        }
    }

    synchronized void handshakeOver() {
        handshakes--;
    }

    synchronized void leave(InetAddress address) {
        connections--;
        Entry entry = entries.get(address);
        if (entry != null) {
            entry.open--;
            refill(entry, nanoTime.getAsLong());
            if (entry.open == 0 && entry.allowance >= burst()) {
                entries.remove(address);
            }
        }
    }

    synchronized int connections() {
        return connections;
    }

    synchronized int handshakes() {
        return handshakes;
    }

    synchronized int remembered() {
        return entries.size();
    }
}
