package io.cocoon.client.receipt;

import java.io.IOException;

/** A file is no receipt of a version that is known here. The message says what was wrong and where. */
public final class ReceiptException extends IOException {

    private static final long serialVersionUID = 1L;

    ReceiptException(String message) {
        super(message);
    }
}
