package io.cocoon.client;

import io.cocoon.payment.Nanoton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what is spent within a window of time below a limit.
 *
 * <p>A request reserves its worst case before it is sent; when its bill is known the reservation becomes what was really
 * charged. A bill that never comes leaves the reservation as spent. Thread-safe.
 */
final class SpendingGuard {

    /** The window is kept in this many pieces, so that its memory is bounded; it is up to one piece too long. */
    private static final int PIECES = 64;

    private static final class Piece {
        private final long index;
        private long spent;

        Piece(long index) {
            this.index = index;
        }
    }

    private final @Nullable Nanoton limit;
    private final Duration window;
    private final Clock clock;
    private final long pieceMillis;
    private final ArrayDeque<Piece> pieces = new ArrayDeque<>();
    private long spent;
    private long reserved;

    SpendingGuard(@Nullable Nanoton limit, Duration window, Clock clock) {
        this.limit = limit;
        this.window = window;
        this.clock = clock;
        this.pieceMillis = Math.max(1, window.toMillis() / PIECES);
    }

    /** Reserves, or refuses what would exceed the limit. */
    synchronized void reserve(Nanoton worstCase) {
        if (limit == null) {
            return;
        }
        expire();
        long left = limit.value() - spent - reserved;
        if (worstCase.value() > left) {
            throw new CocoonException.Balance(
                    "the spending limit of %s in %s would be exceeded: %s are spent, %s are reserved for running requests, and this request may cost up to %s"
                            .formatted(limit, window, new Nanoton(spent), new Nanoton(reserved), worstCase),
                    "wait" + oldestLeaves() + ", lower maxTokens or maxPriceFactor, or raise spendingLimit",
                    CocoonException.NO_CODE);
        }
        reserved += worstCase.value();
    }

    /** Replaces a reservation by what was charged. */
    synchronized void settle(Nanoton worstCase, Nanoton charged) {
        if (limit != null) {
            reserved -= worstCase.value();
        }
        spend(charged.value());
    }

    /** Counts a charge, or a part of one, that came after its reservation was given back; negative if it was too much. */
    synchronized void correct(Nanoton difference) {
        spend(difference.value());
    }

    /** Returns what was spent in the window. */
    synchronized Nanoton spent() {
        expire();
        return new Nanoton(spent);
    }

    /** Returns what running requests may still cost. */
    synchronized Nanoton reserved() {
        return new Nanoton(reserved);
    }

    private void spend(long amount) {
        expire();
        if (amount == 0) {
            return;
        }
        long index = Math.floorDiv(clock.millis(), pieceMillis);
        Piece last = pieces.peekLast();
        if (last == null || last.index < index) {
            last = new Piece(index);
            pieces.add(last);
        }
        last.spent = Math.addExact(last.spent, amount);
        spent = Math.addExact(spent, amount);
    }

    private void expire() {
        long oldest = Math.floorDiv(clock.millis(), pieceMillis) - PIECES;
        for (Piece first = pieces.peekFirst(); first != null && first.index < oldest; first = pieces.peekFirst()) {
            spent -= first.spent;
            pieces.removeFirst();
        }
    }

    private String oldestLeaves() {
        Piece first = pieces.peekFirst();
        return first == null
                ? ""
                : " until " + Instant.ofEpochMilli(Math.multiplyExact(first.index + PIECES + 1, pieceMillis));
    }
}
