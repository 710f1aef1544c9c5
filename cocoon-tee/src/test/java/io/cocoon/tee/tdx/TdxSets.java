package io.cocoon.tee.tdx;

import io.cocoon.tl.Bytes;
import java.time.Instant;

/** Validly signed sets and quotes of the test root, for tests of other packages. The platform is f0c056101765, platform CA. */
public final class TdxSets {

    private TdxSets() {}

    public static TdxTrust trust() {
        return new TdxForge().trust();
    }

    /** Returns a set with an evaluation number, issued at a time and valid for thirty days. */
    public static TdxCollateral collateral(int evaluation, Instant issued) {
        Instant end = issued.plusSeconds(30L * 24 * 60 * 60);
        return TdxForge.with(f -> {
                    f.tcbInfo = text -> dated(text, evaluation, issued, end);
                    f.qeIdentity = text -> dated(text, evaluation, issued, end);
                    f.rootList.thisUpdate = issued;
                    f.rootList.nextUpdate = end;
                    f.pckList.thisUpdate = issued;
                    f.pckList.nextUpdate = end;
                })
                .collateral();
    }

    private static String dated(String text, int evaluation, Instant issued, Instant end) {
        return text.replace("\"tcbEvaluationDataNumber\":21", "\"tcbEvaluationDataNumber\":" + evaluation)
                .replace("2026-10-15T00:00:00Z", issued.toString())
                .replace("2026-11-14T00:00:00Z", end.toString());
    }

    /** Returns the quote of an enclave whose MRENCLAVE is 32 times 44 and which chose the report data. */
    public static Bytes sgxQuote(Bytes reportData) {
        return sgx(false, reportData).quote();
    }

    /** Returns the quote of the same enclave in debug mode. */
    public static Bytes debugSgxQuote(Bytes reportData) {
        return sgx(true, reportData).quote();
    }

    public static TdxCollateral sgxCollateral() {
        return sgx(false, Bytes.wrapUnshared(new byte[64])).collateral();
    }

    /** Returns the quote of a trust domain over the report data. */
    public static Bytes tdQuote(Bytes reportData) {
        return TdxForge.with(f -> f.reportData = reportData.toByteArray()).quote();
    }

    private static TdxForge sgx(boolean debug, Bytes reportData) {
        return TdxForge.with(f -> {
            f.version = 3;
            f.tee = 0;
            f.reportData = reportData.toByteArray();
            if (debug) {
                f.sgxAttributes[0] |= 2;
            }
            f.tcbInfo = text -> text.replace("\"id\":\"TDX\",\"version\"", "\"id\":\"SGX\",\"version\"");
            f.qeIdentity = text -> text.replace("\"TD_QE\"", "\"QE\"");
        });
    }
}
