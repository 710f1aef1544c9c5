package io.cocoon.tvm;

/**
 * The emulator itself failed: a defect of it or of its host, or something that is no account, message or configuration.
 * That a contract fails is no exception.
 */
public final class EmulatorException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    EmulatorException(String message) {
        super(message);
    }

    EmulatorException(String message, Throwable cause) {
        super(message, cause);
    }
}
