package io.cocoon;

import io.cocoon.tee.AcceptUnattestedPeers;
import io.cocoon.tee.CertificateIdentity;
import io.cocoon.tee.RaTls;
import java.security.SecureRandom;
import java.time.Clock;

/** TLS as in service, with a policy that asks for nothing. */
public final class TestTls {

    private TestTls() {}

    public static RaTls create() {
        return RaTls.builder()
                .identity(CertificateIdentity.unattested(Clock.systemUTC(), new SecureRandom()))
                .policy(AcceptUnattestedPeers.because("a test of roles, not of evidence"))
                .build();
    }
}
