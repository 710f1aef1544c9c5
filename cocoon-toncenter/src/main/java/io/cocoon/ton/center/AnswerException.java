package io.cocoon.ton.center;

/** An answer is not what the API says that it is. The message says what was seen and what was wanted. */
final class AnswerException extends Exception {

    private static final long serialVersionUID = 1L;

    AnswerException(String message) {
        super(message);
    }

    AnswerException(String message, Throwable cause) {
        super(message, cause);
    }
}
