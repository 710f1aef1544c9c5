package io.cocoon.tl.schema;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One decoded object: the name of its constructor or function, and its fields in the order of the schema.
 *
 * <p>A field's value is an {@link Integer} (int and flags), {@link Long}, {@link Double}, {@link Boolean},
 * {@link String}, {@link io.cocoon.tl.Bytes}, {@link io.cocoon.tl.Int256}, a {@link java.util.List} of such values, or
 * a {@code TlNode}. A field whose flag bit is off is not in the map. Immutable, and so thread-safe.
 */
public record TlNode(String type, Map<String, Object> fields) {

    public TlNode {
        fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
    }

    /** Returns the field's value, or null if the object has no such field or its flag bit is off. */
    public @Nullable Object get(String field) {
        return fields.get(field);
    }

    /** Says the type only: the fields may hold a prompt, an answer or a key. */
    @Override
    public String toString() {
        return "TlNode[" + type + "]";
    }
}
