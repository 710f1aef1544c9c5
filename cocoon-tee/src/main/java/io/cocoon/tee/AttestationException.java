package io.cocoon.tee;

import io.cocoon.transport.PeerRefusedException;

/** The peer was refused. The message names the check that failed; the report has all of them. */
public final class AttestationException extends PeerRefusedException {

    private static final long serialVersionUID = 1L;

    private final transient AttestationReport report;

    AttestationException(AttestationReport report) {
        super(report.refusal());
        this.report = report;
    }

    @Override
    public AttestationReport report() {
        return report;
    }

    /** Returns the code of the first check that failed, for example {@code EVIDENCE_MISSING}. */
    public String code() {
        return report.firstFailure().map(AttestationCheck::code).orElse("");
    }
}
