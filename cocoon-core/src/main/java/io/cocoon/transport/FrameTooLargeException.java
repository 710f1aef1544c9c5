package io.cocoon.transport;

import java.io.IOException;

/** A message is larger than a frame may be: 16,777,216 bytes of payload. Wire dossier 2.2. */
public final class FrameTooLargeException extends IOException {

    private static final long serialVersionUID = 1L;

    /** Reports the sizes in bytes. */
    public FrameTooLargeException(long size, long limit) {
        super("a frame of " + size + " bytes is above the limit of " + limit
                + "; send a smaller request, for example with fewer or smaller images");
    }
}
