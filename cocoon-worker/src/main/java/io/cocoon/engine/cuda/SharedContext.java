package io.cocoon.engine.cuda;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The context of a device, one for all models that this process has there: an error of a kernel of one ends it for all. Only when the
 * last of them is closed it can be reset, because the new one has the address of the old, and what others still do would go into its
 * memory. Thread-safe.
 */
final class SharedContext {

    private static final Map<Long, SharedContext> OPEN = new HashMap<>();

    private final long address;
    private int users;
    private volatile @Nullable String lost;

    private SharedContext(long address) {
        this.address = address;
    }

    /** Becomes one of its users. */
    static SharedContext join(long address) {
        synchronized (OPEN) {
            SharedContext context = OPEN.computeIfAbsent(address, SharedContext::new);
            context.users++;
            return context;
        }
    }

    /** Ends being one, once; returns whether it was the last. */
    boolean leave() {
        synchronized (OPEN) {
            users--;
            return users == 0 && OPEN.remove(address, this);
        }
    }

    /** Says that it is lost, and by what; the first to say so counts. */
    void lose(String why) {
        if (lost == null) {
            lost = why;
        }
    }

    /** Returns what it was lost by, or null if it is not lost. */
    @Nullable
    String lost() {
        return lost;
    }
}
