package io.cocoon.engine.template;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The variable {@code loop} at one turn of a loop. */
record Loop(List<Object> items, int index0) {

    @Nullable
    Object member(String name) {
        int length = items.size();
        return switch (name) {
            case "index" -> index0 + 1L;
            case "index0" -> (long) index0;
            case "revindex" -> (long) length - index0;
            case "revindex0" -> (long) length - index0 - 1;
            case "first" -> index0 == 0;
            case "last" -> index0 == length - 1;
            case "length" -> (long) length;
            case "previtem" -> index0 == 0 ? new Undefined("loop.previtem") : items.get(index0 - 1);
            case "nextitem" -> index0 == length - 1 ? new Undefined("loop.nextitem") : items.get(index0 + 1);
            default -> null;
        };
    }
}
