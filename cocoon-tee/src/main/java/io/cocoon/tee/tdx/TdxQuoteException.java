package io.cocoon.tee.tdx;

/** Bytes that are no quote, no TDREPORT or no event log of a kind that is read here. */
public final class TdxQuoteException extends Exception {

    private static final long serialVersionUID = 1L;

    private final String code;

    TdxQuoteException(TdxRefusal refusal) {
        super(refusal.getMessage(), null, false, false);
        this.code = refusal.error().name();
    }

    /** Returns the stable word for what is wrong, for example {@code QUOTE_MALFORMED} (TEE dossier 7.10). */
    public String code() {
        return code;
    }
}
