package io.cocoon.tee.policy;

import io.cocoon.tee.internal.Signatures;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Verdicts that need not be reached again: accepted ones only, keyed by the exact certificate, and good for exactly the policy
 * and the collateral that they were reached with (TEE dossier 7.8, T3; 2026 part, D13). Thread-safe.
 *
 * <p>Bounded in three ways. In all: the oldest go. By key: one public key has at most {@link #PER_KEY} entries, because its
 * owner can make any number of certificates around one quote; so a flood needs as many quotes as entries, each made by
 * hardware and each verified in full. And a verdict that was never asked for again goes before one that was: verdicts in use,
 * up to three quarters of the room, are never displaced by new ones.
 *
 * <p>A clock that stepped back by more than {@link #TOLERANCE} empties the cache: how old a verdict is can then not be told.
 */
final class VerdictCache {

    /** Most certificates of one key: the one in use and its successor. */
    static final int PER_KEY = 2;

    /**
     * One verdict.
     *
     * @param collateral the set that it was reached with; compared by identity first
     */
    record Entry(
            Int256 key, AttestationPolicy policy, Judge.Delivered collateral, Judge.Verdict verdict, Instant judged) {}

    /** How far threads may see the time out of order. */
    static final Duration TOLERANCE = Duration.ofSeconds(5);

    private final int capacity;
    private final Duration age;
    private final LinkedHashMap<Int256, Entry> fresh = new LinkedHashMap<>(16, 0.75f, true);
    private final LinkedHashMap<Int256, Entry> used = new LinkedHashMap<>(16, 0.75f, true);
    private final Map<Int256, Deque<Int256>> byKey = new HashMap<>();
    private Instant latest = Instant.EPOCH;

    VerdictCache(int capacity, Duration age) {
        this.capacity = capacity;
        this.age = age;
    }

    static Int256 fingerprint(Bytes certificate) {
        return Int256.of(Signatures.sha256(certificate));
    }

    /**
     * Returns a verdict that may be used now, or null.
     *
     * @param collateral the set of now; null if it could not be had, and then the one of the verdict counts as current
     */
    synchronized @Nullable Entry get(
            Int256 certificate, AttestationPolicy policy, Judge.@Nullable Delivered collateral, Instant now) {
        note(now);
        Entry entry = used.get(certificate);
        boolean promote = false;
        if (entry == null) {
            entry = fresh.get(certificate);
            promote = entry != null;
        }
        if (entry == null) {
            return null;
        }
        if (!isGood(entry, policy, collateral, now)) {
            remove(certificate, entry);
            return null;
        }
        if (promote) {
            fresh.remove(certificate);
            used.put(certificate, entry);
            // Room for what comes next: the least recently used one begins anew.
            if (used.size() > capacity - capacity / 4) {
                Map.Entry<Int256, Entry> oldest = used.entrySet().iterator().next();
                used.remove(oldest.getKey());
                fresh.put(oldest.getKey(), oldest.getValue());
            }
        }
        return entry;
    }

    private void note(Instant now) {
        if (now.plus(TOLERANCE).isBefore(latest)) {
            clear();
            latest = now;
        } else if (now.isAfter(latest)) {
            latest = now;
        }
    }

    boolean isGood(Entry entry, AttestationPolicy policy, Judge.@Nullable Delivered collateral, Instant now) {
        return (entry.policy() == policy || entry.policy().equals(policy))
                && (collateral == null
                        || entry.collateral() == collateral
                        || entry.collateral().equals(collateral))
                && !now.plus(TOLERANCE).isBefore(entry.judged())
                && !now.isAfter(goodUntil(entry));
    }

    /** Returns until when a verdict may be used: its age limit or the end of anything that it rests on. */
    Instant goodUntil(Entry entry) {
        Instant end = entry.judged().plus(age);
        return end.isBefore(entry.verdict().expires()) ? end : entry.verdict().expires();
    }

    /** Keeps an accepted verdict. */
    synchronized void put(Int256 certificate, Entry entry) {
        if (entry.verdict().decision().accepted().isEmpty()) {
            throw new IllegalArgumentException("refusals are not kept");
        }
        if (used.containsKey(certificate)) {
            used.put(certificate, entry);
            return;
        }
        if (fresh.put(certificate, entry) == null) {
            Deque<Int256> ofKey = byKey.computeIfAbsent(entry.key(), key -> new ArrayDeque<>());
            ofKey.addLast(certificate);
            while (ofKey.size() > PER_KEY) {
                Int256 oldest = ofKey.removeFirst();
                fresh.remove(oldest);
                used.remove(oldest);
            }
        }
        if (fresh.size() + used.size() > capacity) {
            Iterator<Map.Entry<Int256, Entry>> oldest = fresh.entrySet().iterator();
            Map.Entry<Int256, Entry> victim = oldest.next();
            remove(victim.getKey(), victim.getValue());
        }
    }

    private void remove(Int256 certificate, Entry entry) {
        fresh.remove(certificate);
        used.remove(certificate);
        Deque<Int256> ofKey = byKey.get(entry.key());
        if (ofKey != null) {
            ofKey.remove(certificate);
            if (ofKey.isEmpty()) {
                byKey.remove(entry.key());
            }
        }
    }

    synchronized void clear() {
        fresh.clear();
        used.clear();
        byKey.clear();
    }

    synchronized int size() {
        return fresh.size() + used.size();
    }
}
