package io.cocoon.engine.template;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What {@code a.b}, {@code a[b]} and {@code a[b:c:d]} give. */
final class Members {

    private Members() {}

    static Object named(Object target, String name) {
        if (target instanceof Undefined) {
            throw new Fault("'" + name + "' was asked of " + Values.kind(target));
        }
        Object value = target instanceof Dict dict
                ? dict.get(name)
                : target instanceof Namespace namespace
                        ? namespace.members().get(name)
                        : target instanceof Loop loop ? loop.member(name) : null;
        return value == null ? new Undefined(name) : value;
    }

    static Object at(Object target, Object index) {
        if (index instanceof Text name) {
            return named(target, name.chars());
        }
        if (target instanceof Undefined) {
            throw new Fault("a member was asked of " + Values.kind(target));
        }
        long place = Values.needInteger(index);
        if (target instanceof List<?> list) {
            long real = place < 0 ? place + list.size() : place;
            return real < 0 || real >= list.size() ? new Undefined("[" + place + "]") : list.get((int) real);
        }
        if (target instanceof Text text) {
            long count = Values.length(text);
            long real = place < 0 ? place + count : place;
            return real < 0 || real >= count
                    ? new Undefined("[" + place + "]")
                    : part(text, (int) real, (int) real + 1);
        }
        return new Undefined("[" + place + "]");
    }

    /** Returns a part of a text by code points. */
    private static Text part(Text text, int from, int to) {
        int start = text.chars().offsetByCodePoints(0, from);
        return text.substring(start, text.chars().offsetByCodePoints(start, to - from));
    }

    private static long bound(@Nullable Object value, long otherwise, long length, long lowest, long highest) {
        if (value == null || value == None.NONE) {
            return otherwise;
        }
        long place = Values.needInteger(value);
        return Math.max(lowest, Math.min(highest, place < 0 ? place + length : place));
    }

    static Object slice(Run run, Object target, @Nullable Object from, @Nullable Object to, @Nullable Object step) {
        long by = step == null || step == None.NONE ? 1 : Values.needInteger(step);
        if (by == 0) {
            throw new Fault("the step of a slice is 0");
        }
        if (!(target instanceof Text) && !(target instanceof List)) {
            throw new Fault("cannot slice " + Values.kind(target));
        }
        if (target instanceof Text text) {
            run.chargeText(text.length());
        }
        long length = Values.length(target);
        long lowest = by > 0 ? 0 : -1;
        long highest = by > 0 ? length : length - 1;
        long first = bound(from, by > 0 ? 0 : length - 1, length, lowest, highest);
        long last = bound(to, by > 0 ? length : -1, length, lowest, highest);
        if (target instanceof Text text && by == 1) {
            return first >= last ? Text.EMPTY : part(text, (int) first, (int) last);
        }
        List<Object> all = Values.items(run, target);
        List<Object> picked = new ArrayList<>();
        // A step beyond the length ends the slice like any other that leads out of it.
        long stride = Math.max(-length - 1, Math.min(length + 1, by));
        for (long i = first; stride > 0 ? i < last : i > last; i += stride) {
            picked.add(all.get((int) i));
        }
        return target instanceof Text ? Strings.join(run, picked, Text.EMPTY) : picked;
    }
}
