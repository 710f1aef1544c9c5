package io.cocoon.tvm;

/** A C++ exception on its way through frames of WebAssembly. The thrown object is in the module's memory. */
final class CppException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    CppException() {
        // Thrown many times a second, never shown: without a stack trace.
        super("a C++ exception", null, false, false);
    }
}
