package io.cocoon.engine.template;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a call was given.
 *
 * @param values without a name, in order
 * @param named with a name
 */
record Arguments(List<Object> values, Map<String, Object> named) {

    static final Arguments NONE = new Arguments(List.of(), Map.of());

    /** Returns an argument by place or by name, or null if it was not given. */
    @Nullable
    Object get(int place, String name) {
        return place < values.size() ? values.get(place) : named.get(name);
    }

    Object need(int place, String name) {
        Object value = get(place, name);
        if (value == null) {
            throw new Fault("the argument '" + name + "' is missing");
        }
        return value;
    }

    Text needText(int place, String name) {
        return Values.needText(need(place, name));
    }

    long number(int place, String name, long otherwise) {
        Object value = get(place, name);
        return value == null ? otherwise : Values.needInteger(value);
    }
}
