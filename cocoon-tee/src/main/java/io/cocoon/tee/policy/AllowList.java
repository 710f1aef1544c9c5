package io.cocoon.tee.policy;

import java.util.Collection;
import java.util.Set;

/**
 * What may be, as a list or as "any". An empty list allows nothing; "any" exists only by its name (TEE dossier T5: in the
 * reference an empty list allows everything). Immutable.
 *
 * @param <T> what is listed
 */
public final class AllowList<T> {

    private final boolean any;
    private final Set<T> values;

    private AllowList(boolean any, Set<T> values) {
        this.any = any;
        this.values = values;
    }

    /** Allows everything. */
    public static <T> AllowList<T> any() {
        return new AllowList<>(true, Set.of());
    }

    /** Allows these and nothing else; an empty collection allows nothing. */
    public static <T> AllowList<T> only(Collection<? extends T> values) {
        return new AllowList<>(false, Set.copyOf(values));
    }

    /** Returns whether everything is allowed. */
    public boolean isAny() {
        return any;
    }

    /** Returns what is listed; empty also if everything is allowed. */
    public Set<T> values() {
        return values;
    }

    /** Returns whether the value is allowed. */
    public boolean allows(T value) {
        return any || values.contains(value);
    }

    /** Returns a line for people. */
    public String describe(String what) {
        return any
                ? "any " + what
                : values.isEmpty() ? "nothing: the list is empty" : "one of " + values.size() + " " + what + "s";
    }

    @Override
    public boolean equals(Object object) {
        return this == object
                || (object instanceof AllowList<?> other && any == other.any && values.equals(other.values));
    }

    @Override
    public int hashCode() {
        return values.hashCode() + (any ? 1 : 0);
    }

    @Override
    public String toString() {
        return any ? "any" : values.toString();
    }
}
