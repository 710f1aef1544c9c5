package io.cocoon.payment;

import io.cocoon.tl.Bytes;

/** A signed payment or a bill is not what it should be. The message says what was seen and what was wanted. Immutable. */
public final class PaymentException extends Exception {

    private static final long serialVersionUID = 1L;

    private final transient Bytes evidence;
    private final transient Bytes proof;

    /** Reports what is wrong, where there is nothing signed to show for it. */
    public PaymentException(String message) {
        this(message, Bytes.empty());
    }

    /**
     * Reports what is wrong, with what the peer signed.
     *
     * @param evidence the signed payment that came with the wrong statement
     */
    public PaymentException(String message, Bytes evidence) {
        this(message, evidence, Bytes.empty());
    }

    /**
     * Reports that two statements of one peer contradict each other.
     *
     * @param evidence the signed payment that came with the later statement
     * @param proof an earlier payment, signed by the same key
     */
    public PaymentException(String message, Bytes evidence, Bytes proof) {
        super(message);
        this.evidence = evidence;
        this.proof = proof;
    }

    /** Reports what is wrong and what led to it. */
    public PaymentException(String message, Throwable cause) {
        super(message, cause);
        evidence = Bytes.empty();
        proof = Bytes.empty();
    }

    /** Returns the signed payment that came with the wrong statement, to be kept as evidence; empty if there is none. */
    public Bytes evidence() {
        return evidence;
    }

    /**
     * Returns an earlier payment of the same key that shows, together with {@link #evidence}, that the peer has forgotten what it
     * signed; empty if there is none.
     */
    public Bytes proof() {
        return proof;
    }
}
