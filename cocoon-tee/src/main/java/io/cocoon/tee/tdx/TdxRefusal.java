package io.cocoon.tee.tdx;

import io.cocoon.tee.internal.DerException;

/** A rule that a quote or its collateral breaks. Becomes a failed check. */
final class TdxRefusal extends Exception {

    private static final long serialVersionUID = 1L;

    private final TdxError error;
    private final String seen;
    private final String wanted;

    TdxRefusal(TdxError error, String seen, String wanted) {
        super(error + ": seen " + seen + "; wanted " + wanted, null, false, false);
        this.error = error;
        this.seen = seen;
        this.wanted = wanted;
    }

    TdxRefusal(TdxError error, DerException cause) {
        this(error, cause.seen(), cause.wanted());
    }

    TdxError error() {
        return error;
    }

    String seen() {
        return seen;
    }

    String wanted() {
        return wanted;
    }
}
