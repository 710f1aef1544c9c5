package io.cocoon.engine;

import io.cocoon.engine.file.ModelFormatException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/**
 * The heap that engines on the processor share: none is promised what another one has, also where that is not allocated yet, because
 * keys and values take their memory only when answers come. Engines take their part when they load and give it back when they are
 * closed.
 *
 * <p>What the rest of the program needs is what it used when no engine was loaded, or more if more is used now than engines may have
 * taken. Garbage is collected before that is looked at; with {@code -XX:+DisableExplicitGC} it counts as used.
 *
 * <p>Thread-safe.
 */
public final class HeapRoom {

    private static final class Shared {
        static final HeapRoom ROOM = new HeapRoom(
                Runtime.getRuntime().maxMemory(),
                () -> Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory(),
                System::gc);
    }

    private final long bytes;
    private final LongSupplier used;
    private final Runnable collect;

    // Guarded by this.
    private final List<Share> shares = new ArrayList<>();
    private long others;

    /** @param collect makes what {@code used} returns as small as it can be */
    HeapRoom(long bytes, LongSupplier used, Runnable collect) {
        this.bytes = bytes;
        this.used = used;
        this.collect = collect;
    }

    /** Returns the whole heap of this JVM. */
    public static HeapRoom shared() {
        return Shared.ROOM;
    }

    /**
     * Returns a part of the heap, whatever else is in it.
     *
     * @param bytes what engines that share this have together, above 0
     */
    public static HeapRoom of(long bytes) {
        if (bytes < 1) {
            throw new IllegalArgumentException("a part of the heap has 1 byte or more, got " + bytes);
        }
        return new HeapRoom(bytes, () -> 0, () -> {});
    }

    /** What an engine has. */
    final class Share implements AutoCloseable {
        private final String who;
        private long held;

        private Share(String who, long held) {
            this.who = who;
            this.held = held;
        }

        /** Returns how many bytes it has. */
        long bytes() {
            synchronized (HeapRoom.this) {
                return held;
            }
        }

        /**
         * Takes more.
         *
         * @param more that much at most
         * @param takers how many want to take more, this one included; each gets its part of what is left
         * @return how much it was
         */
        long grow(long more, int takers) {
            synchronized (HeapRoom.this) {
                long got = Math.max(0, Math.min(more, free(more) / takers));
                held += got;
                return got;
            }
        }

        /** Gives all of it back. */
        @Override
        public void close() {
            synchronized (HeapRoom.this) {
                shares.remove(this);
            }
        }
    }

    /**
     * Takes a part.
     *
     * @param who takes it, for errors of others
     * @param weights bytes of the weights, for this error
     * @param least bytes that it cannot do without
     * @throws ModelFormatException if there is not so much; says who has it, and how large the heap would have to be
     */
    synchronized Share take(String who, long weights, long least) throws ModelFormatException {
        long free = free(least);
        if (least > free) {
            throw new ModelFormatException(who + ": the weights take " + mebi(weights)
                    + " MiB of heap, answers at least "
                    + mebi(least - weights) + " MiB more, and " + mebi(Math.max(0, free)) + " MiB are left of "
                    + mebi(bytes) + holders() + "; start Java with -Xmx" + mebi(bytes - free + least + (1 << 20) - 1)
                    + "m or more" + (shares.isEmpty() ? "" : ", or load the others with lower limits"));
        }
        Share share = new Share(who, least);
        shares.add(share);
        return share;
    }

    private String holders() {
        return shares.isEmpty()
                ? ""
                : " ("
                        + shares.stream()
                                .map(share -> mebi(share.held) + " are promised to " + share.who)
                                .collect(Collectors.joining(", "))
                        + ")";
    }

    /** Returns how much is left; looks twice if it is less than {@code wanted}. */
    private long free(long wanted) {
        long held = held();
        if (shares.isEmpty()) {
            collect.run();
            others = used.getAsLong();
        } else if (bytes - held - Math.max(others, used.getAsLong() - held) < wanted) {
            collect.run();
            // What is used now is of engines and others, so the others have no more than that.
            others = Math.min(others, used.getAsLong());
        }
        return bytes - held - Math.max(others, used.getAsLong() - held);
    }

    private long held() {
        return shares.stream().mapToLong(share -> share.held).sum();
    }

    private static long mebi(long bytes) {
        return bytes >> 20;
    }
}
