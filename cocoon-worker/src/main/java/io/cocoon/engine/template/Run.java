package io.cocoon.engine.template;

import java.time.Clock;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One rendering: its variables, its output, and what it has used so far. Belongs to one thread. */
final class Run {

    /** The names of one block. */
    static final class Scope {
        private final @Nullable Scope outer;
        private final Map<String, Object> values = new HashMap<>();

        Scope(@Nullable Scope outer) {
            this.outer = outer;
        }

        void set(String name, Object value) {
            values.put(name, value);
        }
    }

    /** How many characters count as one step when they are copied or compared. */
    private static final int CHARACTERS_PER_STEP = 64;

    private final TemplateLimits limits;
    private final Clock clock;
    private long stepsLeft;
    private int depth;
    private Scope scope = new Scope(null);
    private TextBuilder out;

    Run(TemplateLimits limits, Clock clock) {
        this.limits = limits;
        this.clock = clock;
        stepsLeft = limits.steps();
        out = new TextBuilder(limits.characters());
    }

    Clock clock() {
        return clock;
    }

    /** Pays for work before it is done. */
    void charge(long steps) {
        stepsLeft -= steps;
        if (stepsLeft < 0) {
            throw new Fault("the template takes more than " + limits.steps() + " steps, the limit");
        }
    }

    /** Pays for going over a text. */
    void chargeText(long characters) {
        charge(1 + characters / CHARACTERS_PER_STEP);
    }

    /** Goes one level deeper. */
    void enter() {
        if (++depth > limits.depth()) {
            depth--;
            throw new Fault("the template nests deeper than " + limits.depth() + ", the limit");
        }
    }

    void leave() {
        depth--;
    }

    TextBuilder newText() {
        return new TextBuilder(limits.characters());
    }

    TextBuilder out() {
        return out;
    }

    /** Sends the output elsewhere; returns where it went so far. */
    TextBuilder divert(TextBuilder to) {
        TextBuilder before = out;
        out = to;
        return before;
    }

    Scope scope() {
        return scope;
    }

    /** Changes the names that are seen; returns those of before. */
    Scope use(Scope next) {
        Scope before = scope;
        scope = next;
        return before;
    }

    Object lookUp(String name) {
        for (Scope each = scope; each != null; each = each.outer) {
            charge(1);
            Object value = each.values.get(name);
            if (value != null) {
                return value;
            }
        }
        Object function = Functions.find(name);
        return function == null ? new Undefined(name) : function;
    }

    void print(Object value) {
        Text text = Values.text(this, value);
        chargeText(text.length());
        out.append(text);
    }
}
