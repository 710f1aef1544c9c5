package io.cocoon.tee.tdx;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.cocoon.tee.Verification;
import io.cocoon.tee.internal.Certificate;
import io.cocoon.tee.internal.DerException;
import io.cocoon.tee.internal.DerOut;
import io.cocoon.tee.internal.PemBlocks;
import io.cocoon.tee.internal.RevocationList;
import io.cocoon.tee.internal.TestCertificate;
import io.cocoon.tl.Bytes;

/** Everything that a peer or a source of collateral sends: read, or refused with the declared exception. */
class TdxFuzz {

    private static final TdxForge FORGE = new TdxForge();
    private static final TdxTrust TRUST = FORGE.trust();
    private static final TdxCollateral COLLATERAL = FORGE.collateral();

    @FuzzTest
    void quote(byte[] data) {
        Bytes quote = Bytes.wrapUnshared(data);
        require(TdxVerifier.verify(quote, COLLATERAL, TRUST, TdxForge.TIME));
        try {
            TdxQuote.parse(quote).pck();
        } catch (TdxQuoteException e) {
            requireText(e.code());
        }
    }

    @FuzzTest
    void collateralDocument(byte[] data) {
        Bytes text = Bytes.wrapUnshared(data);
        try {
            TcbInfo.parse(text);
        } catch (TdxRefusal e) {
            requireText(e.seen());
        }
        try {
            QeIdentity.parse(text);
        } catch (TdxRefusal e) {
            requireText(e.seen());
        }
    }

    @FuzzTest
    void pckExtension(byte[] data) throws DerException {
        TestCertificate certificate =
                new TestCertificate(TdxForge.PCK_NAME, TdxForge.PCK, TdxForge.PLATFORM_NAME, TdxForge.PLATFORM);
        certificate.extensions.add(DerOut.extension(
                PckIdentity.EXTENSION, false, data.length > 8_192 ? java.util.Arrays.copyOf(data, 8_192) : data));
        try {
            PckIdentity.read(Certificate.parse(Bytes.wrapUnshared(certificate.encode())));
        } catch (TdxRefusal e) {
            requireText(e.seen());
        }
    }

    @FuzzTest
    void certificateOrList(byte[] data) {
        Bytes encoded = Bytes.wrapUnshared(data);
        try {
            Certificate certificate = Certificate.parse(encoded);
            certificate.isSignedBy(certificate.key());
            certificate.subjectCommonName();
        } catch (DerException e) {
            requireText(e.seen());
        }
        try {
            RevocationList.parse(encoded).revokes(Bytes.empty());
        } catch (DerException e) {
            requireText(e.seen());
        }
        try {
            PemBlocks.certificates(encoded, 3);
        } catch (DerException e) {
            requireText(e.seen());
        }
    }

    @FuzzTest
    void eventLogOrReport(byte[] data) {
        Bytes bytes = Bytes.wrapUnshared(data);
        try {
            EventLog.parse(bytes).replay();
        } catch (TdxQuoteException e) {
            requireText(e.code());
        }
        try {
            EventLog.Table.parse(bytes);
        } catch (TdxQuoteException e) {
            requireText(e.code());
        }
        try {
            TdReport.parse(bytes).imageHash();
        } catch (TdxQuoteException e) {
            requireText(e.code());
        }
    }

    private static void require(Verification<TdxAppraisal> found) {
        if (found.result().isPresent()) {
            throw new AssertionError("a made-up quote was verified");
        }
    }

    private static void requireText(String text) {
        if (text.isEmpty()) {
            throw new AssertionError("a refusal without words");
        }
    }
}
