package io.cocoon.internal.json;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One JSON value. Objects and arrays are mutable and belong to one thread. */
public sealed interface Json {

    /** The order of member names: that of their UTF-8 bytes, which is that of code points. */
    Comparator<String> NAME_ORDER = Json::compareCodePoints;

    /** A string. */
    record Str(String value) implements Json {}

    /** An integer that fits 64 bits; {@code unsigned} says that the bits stand for 2^63 or more. */
    record Int(long bits, boolean unsigned) implements Json {
        /** Makes a signed one. */
        public Int(long value) {
            this(value, false);
        }

        /** Returns whether the value is at least 0. */
        public boolean nonNegative() {
            return unsigned || bits >= 0;
        }

        /** Returns the value, or the nearest one that fits. */
        public long saturated() {
            return unsigned ? Long.MAX_VALUE : bits;
        }
    }

    /** Any other number. */
    record Real(double value) implements Json {}

    /** True or false. */
    record Bool(boolean value) implements Json {}

    /** The value {@code null}. */
    enum Null implements Json {
        /** The only one. */
        NULL
    }

    /** An array. */
    record Arr(List<Json> items) implements Json {
        /** Makes an empty one. */
        public Arr() {
            this(new ArrayList<>());
        }
    }

    /** An object; members are kept in {@link #NAME_ORDER}. */
    record Obj(TreeMap<String, Json> members) implements Json {
        /** Makes an empty one. */
        public Obj() {
            this(new TreeMap<>(NAME_ORDER));
        }

        /** Returns a member, or null if there is none. */
        public @Nullable Json get(String name) {
            return members.get(name);
        }

        /** Sets a member. */
        public void put(String name, Json value) {
            members.put(name, value);
        }

        /** Removes a member, if it is there. */
        public void remove(String name) {
            members.remove(name);
        }

        /** Returns whether the member is there. */
        public boolean has(String name) {
            return members.containsKey(name);
        }

        /** Returns a member's text, or null if it is absent or no string. */
        public @Nullable String text(String name) {
            return members.get(name) instanceof Str text ? text.value() : null;
        }
    }

    private static int compareCodePoints(String a, String b) {
        int shared = Math.min(a.length(), b.length());
        for (int i = 0; i < shared; i++) {
            char x = a.charAt(i);
            char y = b.charAt(i);
            if (x != y) {
                // Surrogates stand for code points above every other char.
                boolean high = Character.isSurrogate(x);
                return high == Character.isSurrogate(y) ? x - y : high ? 1 : -1;
            }
        }
        return a.length() - b.length();
    }
}
