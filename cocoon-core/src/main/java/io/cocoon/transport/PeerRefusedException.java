package io.cocoon.transport;

import java.io.IOException;

/** The peer did not prove what it has to prove. The message names the check that failed; the report has all of them. */
public abstract class PeerRefusedException extends IOException {

    private static final long serialVersionUID = 1L;

    /** Makes one with the check that failed. */
    protected PeerRefusedException(String message) {
        super(message);
    }

    /** Returns what was checked. */
    public abstract PeerReport report();
}
