package io.cocoon.tee.collateral;

import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Collateral that could not be had. Says what was tried, seen and wanted, and what to do next. */
public final class CollateralException extends Exception {

    private static final long serialVersionUID = 1L;

    /** What kind of failure it is. */
    public enum Reason {
        /** The source answered that it has nothing of that name. */
        NOT_FOUND,
        /** No connection, no answer in time, or one that broke off. */
        UNREACHABLE,
        /** The source asked us to come later, or our own limits did. */
        BUSY,
        /** An answer that is not what was asked for: a status, a form or a size. */
        MALFORMED,
        /** Not signed by whom it has to be. */
        NOT_GENUINE,
        /** Older than what was seen before. TEE dossier 7.8. */
        ROLLED_BACK,
        /** Past its signed validity, or not yet valid by our clock. */
        OUT_OF_TIME,
        /** The source does not deliver this kind. */
        UNSUPPORTED,
        /** The source was closed. */
        CLOSED
    }

    private final Reason reason;
    private final String tried;
    private final String seen;
    private final String wanted;
    private final String nextStep;
    private final transient @Nullable Instant retryAt;

    /** Makes one; {@code retryAt} is when to ask again, if somebody said so. */
    CollateralException(
            Reason reason, String tried, String seen, String wanted, String nextStep, @Nullable Instant retryAt) {
        super(tried + ": saw " + seen + ", wanted " + wanted + ". Next: " + nextStep);
        this.reason = reason;
        this.tried = tried;
        this.seen = seen;
        this.wanted = wanted;
        this.nextStep = nextStep;
        this.retryAt = retryAt;
    }

    /** Makes one; for sources of others. */
    public CollateralException(Reason reason, String tried, String seen, String wanted, String nextStep) {
        this(reason, tried, seen, wanted, nextStep, null);
    }

    /** The kind of failure. */
    public Reason reason() {
        return reason;
    }

    /** What was tried: never more of a peer's data than hexadecimal digits. */
    public String tried() {
        return tried;
    }

    /** What came. */
    public String seen() {
        return seen;
    }

    /** What should have come. */
    public String wanted() {
        return wanted;
    }

    /** What the reader can do. */
    public String nextStep() {
        return nextStep;
    }

    /** When it makes sense to ask again, if the source said so. Not kept by Java serialisation. */
    public Optional<Instant> retryAt() {
        return Optional.ofNullable(retryAt);
    }
}
