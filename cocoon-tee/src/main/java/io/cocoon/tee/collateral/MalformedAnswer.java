package io.cocoon.tee.collateral;

/** An answer or a file whose content is not what it has to be. */
final class MalformedAnswer extends Exception {

    private static final long serialVersionUID = 1L;

    private final String seen;
    private final String wanted;

    MalformedAnswer(String seen, String wanted) {
        super(seen + ", wanted " + wanted, null, false, false);
        this.seen = seen;
        this.wanted = wanted;
    }

    CollateralException at(String tried, String nextStep) {
        return new CollateralException(CollateralException.Reason.MALFORMED, tried, seen, wanted, nextStep);
    }
}
