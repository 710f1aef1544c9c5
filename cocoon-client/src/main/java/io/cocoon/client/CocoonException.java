package io.cocoon.client;

import io.cocoon.protocol.ErrorCodes;
import io.cocoon.transport.PeerReport;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A request or the client itself can not go on. Every message says what was tried, what was seen, and what to do next.
 *
 * <p>The family is small and sealed: one kind for each thing that an application may want to do about it. Messages never
 * hold prompts, answers, keys or secrets.
 */
public abstract sealed class CocoonException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** The wire code of a failure that no peer reported. */
    public static final int NO_CODE = -1;

    private final String problem;
    private final String nextStep;
    private final int code;
    private transient List<Attempt> attempts = List.of();

    private CocoonException(String problem, String nextStep, int code, @Nullable Throwable cause) {
        super(problem + ". Next: " + nextStep, cause);
        this.problem = problem;
        this.nextStep = nextStep;
        this.code = code;
    }

    /** Returns what to do next, for people. */
    public String nextStep() {
        return nextStep;
    }

    /** Returns the peer's error code ({@link io.cocoon.protocol.ErrorCodes}), or {@link #NO_CODE}. */
    public int code() {
        return code;
    }

    /** Returns the attempts that led here, the failed last one included; empty if nothing was sent. */
    public List<Attempt> attempts() {
        return attempts;
    }

    CocoonException with(List<Attempt> made) {
        attempts = List.copyOf(made);
        return this;
    }

    /** Returns one of the same kind for another thread, with this one as its cause. */
    abstract CocoonException again();

    String problem() {
        return problem;
    }

    /** A setting or a request is wrong; sending it again will not help. */
    public static final class Configuration extends CocoonException {
        private static final long serialVersionUID = 1L;

        Configuration(String message, String nextStep) {
            super(message, nextStep, NO_CODE, null);
        }

        Configuration(String message, String nextStep, int code) {
            super(message, nextStep, code, null);
        }

        Configuration(String message, String nextStep, Throwable cause) {
            super(message, nextStep, NO_CODE, cause);
        }

        private Configuration(Configuration earlier) {
            super(earlier.problem(), earlier.nextStep(), earlier.code(), earlier);
        }

        /** Returns whether the proxies do not know the model that was asked for. */
        public boolean isUnknownModel() {
            return code() == ErrorCodes.PROTOCOL_VIOLATION;
        }

        @Override
        CocoonException again() {
            return new Configuration(this);
        }
    }

    /** A proxy did not prove what it has to prove. */
    public static final class Attestation extends CocoonException {
        private static final long serialVersionUID = 1L;

        private final transient @Nullable PeerReport report;

        Attestation(String message, String nextStep, Optional<PeerReport> report) {
            super(message, nextStep, NO_CODE, null);
            this.report = report.orElse(null);
        }

        private Attestation(Attestation earlier) {
            super(earlier.problem(), earlier.nextStep(), NO_CODE, earlier);
            this.report = earlier.report;
        }

        /** Returns every check that was made of the proxy; empty if a router on this host made them, or none was made. */
        public Optional<PeerReport> report() {
            return Optional.ofNullable(report);
        }

        @Override
        CocoonException again() {
            return new Attestation(this);
        }
    }

    /** A proxy does not accept who we are. */
    public static final class Authorisation extends CocoonException {
        private static final long serialVersionUID = 1L;

        Authorisation(String message, String nextStep, int code) {
            super(message, nextStep, code, null);
        }

        private Authorisation(Authorisation earlier) {
            super(earlier.problem(), earlier.nextStep(), earlier.code(), earlier);
        }

        @Override
        CocoonException again() {
            return new Authorisation(this);
        }
    }

    /** There is not enough money, or the application's own spending limit is reached. */
    public static final class Balance extends CocoonException {
        private static final long serialVersionUID = 1L;

        Balance(String message, String nextStep, int code) {
            super(message, nextStep, code, null);
        }

        private Balance(Balance earlier) {
            super(earlier.problem(), earlier.nextStep(), earlier.code(), earlier);
        }

        @Override
        CocoonException again() {
            return new Balance(this);
        }
    }

    /** Nobody can serve the request now: no connection, no worker, or all of them busy or too expensive. */
    public static final class Capacity extends CocoonException {
        private static final long serialVersionUID = 1L;

        Capacity(String message, String nextStep, int code) {
            super(message, nextStep, code, null);
        }

        private Capacity(Capacity earlier) {
            super(earlier.problem(), earlier.nextStep(), earlier.code(), earlier);
        }

        @Override
        CocoonException again() {
            return new Capacity(this);
        }
    }

    /** A peer broke the protocol, lied about a bill, or answered with what it must not answer. */
    public static final class Protocol extends CocoonException {
        private static final long serialVersionUID = 1L;

        Protocol(String message, String nextStep) {
            super(message, nextStep, NO_CODE, null);
        }

        Protocol(String message, String nextStep, Throwable cause) {
            super(message, nextStep, NO_CODE, cause);
        }

        @Override
        CocoonException again() {
            return new Protocol(problem(), nextStep(), this);
        }
    }

    /** A deadline passed. */
    public static final class Deadline extends CocoonException {
        private static final long serialVersionUID = 1L;

        Deadline(String message, String nextStep, int code) {
            super(message, nextStep, code, null);
        }

        private Deadline(Deadline earlier) {
            super(earlier.problem(), earlier.nextStep(), earlier.code(), earlier);
        }

        @Override
        CocoonException again() {
            return new Deadline(this);
        }
    }

    /** The application gave up: interrupt, close, or cancel. */
    public static final class Cancelled extends CocoonException {
        private static final long serialVersionUID = 1L;

        Cancelled(String message, String nextStep) {
            super(message, nextStep, NO_CODE, null);
        }

        private Cancelled(Cancelled earlier) {
            super(earlier.problem(), earlier.nextStep(), NO_CODE, earlier);
        }

        @Override
        CocoonException again() {
            return new Cancelled(this);
        }
    }

    /** The worker or the model server behind it failed or refused the request. */
    public static final class Upstream extends CocoonException {
        private static final long serialVersionUID = 1L;

        private final int httpStatus;
        private final String detail;

        Upstream(String message, String nextStep, int code, int httpStatus) {
            this(message, nextStep, code, httpStatus, "");
        }

        Upstream(String message, String nextStep, int code, int httpStatus, String detail) {
            super(message, nextStep, code, null);
            this.httpStatus = httpStatus;
            this.detail = detail;
        }

        private Upstream(Upstream earlier) {
            super(earlier.problem(), earlier.nextStep(), earlier.code(), earlier);
            this.httpStatus = earlier.httpStatus;
            this.detail = earlier.detail;
        }

        /** Returns the HTTP status of the model server's answer, or 0 if there was none. */
        public int httpStatus() {
            return httpStatus;
        }

        /** Returns what the model server wrote about it, or nothing. It may quote the prompt, so it is not in the message. */
        public String detail() {
            return detail;
        }

        @Override
        CocoonException again() {
            return new Upstream(this);
        }
    }
}
