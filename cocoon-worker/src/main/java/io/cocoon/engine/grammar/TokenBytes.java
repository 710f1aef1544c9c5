package io.cocoon.engine.grammar;

import io.cocoon.engine.text.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of all tokens that are text, in order, so that those which begin alike stand together and a beginning is looked at
 * once. Immutable.
 */
public final class TokenBytes {

    private final int[] ids;

    /** The bytes of all tokens one behind the other, because a walk over them should read memory in order. */
    private final byte[] pool;

    private final int[] offsets;
    private final int[] common;
    private final int[] positions;
    private final int longest;

    private TokenBytes(int[] ids, byte[][] bytes) {
        this.ids = ids;
        offsets = new int[ids.length + 1];
        common = new int[ids.length];
        positions = new int[Arrays.stream(ids).max().orElse(-1) + 1];
        Arrays.fill(positions, -1);
        int most = 0;
        for (int i = 0; i < ids.length; i++) {
            most = Math.max(most, bytes[i].length);
            offsets[i + 1] = Math.addExact(offsets[i], bytes[i].length);
            positions[ids[i]] = i;
            if (i > 0) {
                int differ = Arrays.mismatch(bytes[i - 1], bytes[i]);
                common[i] = differ < 0 ? bytes[i].length : differ;
            }
        }
        longest = most;
        pool = new byte[offsets[ids.length]];
        for (int i = 0; i < ids.length; i++) {
            System.arraycopy(bytes[i], 0, pool, offsets[i], bytes[i].length);
        }
    }

    /** Takes those of a tokenizer; markers are not among them. */
    public static TokenBytes of(Tokenizer tokenizer) {
        record Entry(int id, byte[] bytes) {}
        List<Entry> entries = new ArrayList<>();
        for (int id = 0; id < tokenizer.size(); id++) {
            if (tokenizer.has(id) && !tokenizer.isMarker(id) && tokenizer.tokenBytes(id).length > 0) {
                entries.add(new Entry(id, tokenizer.tokenBytes(id)));
            }
        }
        entries.sort(Comparator.comparing(Entry::bytes, Arrays::compareUnsigned));
        return new TokenBytes(
                entries.stream().mapToInt(Entry::id).toArray(),
                entries.stream().map(Entry::bytes).toArray(byte[][]::new));
    }

    /** Returns the bytes of a token, or null if it is no text. */
    byte @Nullable [] of(int id) {
        int at = id < positions.length ? positions[id] : -1;
        return at < 0 ? null : Arrays.copyOfRange(pool, offsets[at], offsets[at + 1]);
    }

    /** Returns the ids of all tokens that may follow in a state. */
    BitSet allowed(Automaton.State state) {
        BitSet known = state.kept();
        if (known != null) {
            return known;
        }
        BitSet allowed = new BitSet();
        Automaton.State[] path = new Automaton.State[longest + 1];
        path[0] = state;
        int dead = Integer.MAX_VALUE;
        for (int i = 0; i < ids.length; i++) {
            if (common[i] > dead) {
                continue;
            }
            dead = Integer.MAX_VALUE;
            int length = offsets[i + 1] - offsets[i];
            for (int at = common[i]; at < length; at++) {
                Automaton.State next = path[at].next(pool[offsets[i] + at] & 0xff);
                if (next == null) {
                    dead = at;
                    break;
                }
                path[at + 1] = next;
            }
            if (dead == Integer.MAX_VALUE) {
                allowed.set(ids[i]);
            }
        }
        state.keep(allowed);
        return allowed;
    }
}
