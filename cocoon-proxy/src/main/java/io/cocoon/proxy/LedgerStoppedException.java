package io.cocoon.proxy;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/**
 * A ledger has stopped for good: it admits nothing, writes nothing and confirms nothing any more. The message says why and
 * what to do.
 */
public final class LedgerStoppedException extends RuntimeException {

    @Serial
    private static final long serialVersionUID = 1;

    LedgerStoppedException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
