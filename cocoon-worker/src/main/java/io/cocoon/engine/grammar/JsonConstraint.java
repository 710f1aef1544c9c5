package io.cocoon.engine.grammar;

import io.cocoon.engine.serve.Constraint;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * Lets an answer be nothing but what is in a grammar. A model that reasons may do so before.
 *
 * <p>For one thread, that of the scheduler.
 */
public final class JsonConstraint implements Constraint {

    /** How a model that reasons begins and ends it; -1 if it does not. */
    public record Thoughts(int open, int close, Where where) {

        /** Where the prompt leaves the model. */
        public enum Where {
            /** It may begin to think, or answer. */
            BEFORE,
            /** It thinks. */
            WITHIN,
            /** It answers. */
            BEHIND
        }
    }

    private final TokenBytes tokens;
    private final List<Integer> endTokens;
    private final List<Integer> markers;
    private final Thoughts thoughts;
    private Thoughts.Where where;
    private Automaton.State state;

    /**
     * Makes one.
     *
     * @param grammar what the content has to be
     * @param tokens of the model
     * @param endTokens with which the model ends an answer
     * @param markers the tokens that a grammar with {@link CallForm#marked} calls counts on; else none
     * @param thoughts how the model reasons
     */
    public JsonConstraint(
            Grammar grammar, TokenBytes tokens, List<Integer> endTokens, List<Integer> markers, Thoughts thoughts) {
        this.markers = markers;
        this.tokens = tokens;
        this.endTokens = endTokens;
        this.thoughts = thoughts;
        where = thoughts.where();
        state = new Automaton(grammar).start();
    }

    @Override
    public void mask(float[] logits) {
        if (where == Thoughts.Where.WITHIN) {
            endTokens.forEach(id -> logits[id] = Float.NEGATIVE_INFINITY);
            return;
        }
        int[] others = others();
        float[] kept = new float[others.length];
        for (int i = 0; i < others.length; i++) {
            kept[i] = logits[others[i]];
        }
        keepOnly(tokens.allowed(state), logits);
        for (int i = 0; i < others.length; i++) {
            logits[others[i]] = kept[i];
        }
    }

    /** Returns which tokens may come next that are no text. */
    private int[] others() {
        List<Integer> ids = new ArrayList<>();
        if (state.accepts()) {
            ids.addAll(endTokens);
        }
        for (int i = 0; i < markers.size(); i++) {
            if (state.next(Automaton.FIRST_MARKER + i) != null) {
                ids.add(markers.get(i));
            }
        }
        if (where == Thoughts.Where.BEFORE) {
            ids.add(thoughts.open());
        }
        return ids.stream().mapToInt(id -> id).toArray();
    }

    /** Goes over the smaller part: it is done for every token. */
    private static void keepOnly(BitSet allowed, float[] logits) {
        if (allowed.cardinality() < logits.length / 2) {
            int[] ids = allowed.stream().toArray();
            float[] kept = new float[ids.length];
            for (int i = 0; i < ids.length; i++) {
                kept[i] = logits[ids[i]];
            }
            Arrays.fill(logits, Float.NEGATIVE_INFINITY);
            for (int i = 0; i < ids.length; i++) {
                logits[ids[i]] = kept[i];
            }
            return;
        }
        for (int id = allowed.nextClearBit(0); id < logits.length; id = allowed.nextClearBit(id + 1)) {
            logits[id] = Float.NEGATIVE_INFINITY;
        }
    }

    @Override
    public void accept(int id) {
        if (where == Thoughts.Where.WITHIN) {
            where = id == thoughts.close() ? Thoughts.Where.BEHIND : where;
        } else if (where == Thoughts.Where.BEFORE && id == thoughts.open()) {
            where = Thoughts.Where.WITHIN;
        } else if (!endTokens.contains(id)) {
            where = Thoughts.Where.BEHIND;
            int marker = markers.indexOf(id);
            if (marker >= 0) {
                take(id, Automaton.FIRST_MARKER + marker);
                return;
            }
            for (byte b : bytes(id)) {
                take(id, b & 0xff);
            }
        }
    }

    private void take(int id, int symbol) {
        Automaton.State next = state.next(symbol);
        if (next == null) {
            throw new IllegalStateException("token " + id + " was not allowed here");
        }
        state = next;
    }

    private byte[] bytes(int id) {
        byte[] bytes = tokens.of(id);
        if (bytes == null) {
            throw new IllegalStateException("token " + id + " is no text");
        }
        return bytes;
    }

    @Override
    public boolean isComplete() {
        return where == Thoughts.Where.BEHIND && state.accepts() && state.isFinal();
    }
}
