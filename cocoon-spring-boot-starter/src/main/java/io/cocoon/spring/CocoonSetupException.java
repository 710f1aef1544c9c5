package io.cocoon.spring;

/** A property is missing or wrong; Spring Boot prints what to do instead of a stack trace. Holds no secret. */
public final class CocoonSetupException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String action;

    CocoonSetupException(String problem, String action) {
        super(problem);
        this.action = action;
    }

    /** Returns what to do. */
    public String action() {
        return action;
    }
}
