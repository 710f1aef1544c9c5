package io.cocoon.tee;

import java.io.IOException;

/** A certificate that breaks a rule. Becomes the failed check of a report. */
final class CertificateRefusal extends IOException {

    private static final long serialVersionUID = 1L;

    private final transient AttestationCheck check;

    CertificateRefusal(String name, String code, String seen, String wanted, String rule) {
        super(code + ": seen " + seen + "; wanted " + wanted);
        this.check =
                AttestationCheck.failed(name, code, seen, wanted, rule, "the peer has to show another certificate");
    }

    CertificateRefusal(AttestationCheck failed) {
        super(failed.code() + ": seen " + failed.seen() + "; wanted " + failed.wanted());
        this.check = failed;
    }

    AttestationCheck check() {
        return check;
    }

    String code() {
        return check.code();
    }
}
