package io.cocoon.payment;

/** A signed payment or a bill is not what it should be. The message says what was seen and what was wanted. */
public final class PaymentException extends Exception {

    private static final long serialVersionUID = 1L;

    /** Reports what is wrong. */
    public PaymentException(String message) {
        super(message);
    }

    /** Reports what is wrong and what led to it. */
    public PaymentException(String message, Throwable cause) {
        super(message, cause);
    }
}
