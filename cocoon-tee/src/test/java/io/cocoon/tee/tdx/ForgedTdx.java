package io.cocoon.tee.tdx;

import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import java.time.Instant;
import java.util.function.Consumer;

/** Quotes and collateral below the test root, for tests of other packages: healthy unless a method says otherwise. */
public final class ForgedTdx {

    /** A time at which everything that is forged is valid. */
    public static final Instant TIME = TdxForge.TIME;

    private final TdxForge forge = new TdxForge();

    /** Puts the SHA-512 of the key into the quote, as its owner would. */
    public static ForgedTdx forReportData(Bytes reportData) {
        ForgedTdx made = new ForgedTdx();
        made.forge.reportData = reportData.toByteArray();
        return made;
    }

    private ForgedTdx change(Consumer<TdxForge> change) {
        change.accept(forge);
        return this;
    }

    public ForgedTdx debug() {
        return change(it -> it.tdAttributes |= 1);
    }

    public ForgedTdx migratable() {
        return change(it -> it.tdAttributes |= 1L << 29);
    }

    public ForgedTdx serviceTd(Bytes value) {
        return td15().change(it -> it.mrServiceTd = value.toByteArray());
    }

    public ForgedTdx td15() {
        return change(it -> {
            it.version = 5;
            it.bodyType = 3;
        });
    }

    /** Launched on an up-to-date module; the one that runs now is out of date. */
    public ForgedTdx currentModuleOutOfDate() {
        return td15().change(it -> it.teeTcbSvn2[0] = 2);
    }

    public ForgedTdx sgx() {
        return change(it -> it.tee = 0);
    }

    /** 7 up to date, 6 SWHardeningNeeded, 5 ConfigurationNeeded, 3 OutOfDate, 1 Revoked. */
    public ForgedTdx level(int first) {
        return change(it -> it.components[0] = first);
    }

    public ForgedTdx evaluation(int number) {
        return change(it -> {
            it.tcbInfo = text -> text.replace("DataNumber\":21", "DataNumber\":" + number);
            it.qeIdentity = text -> text.replace("DataNumber\":21", "DataNumber\":" + number);
        });
    }

    public ForgedTdx advisory(String id) {
        return change(it -> it.tcbInfo = text -> text.replaceFirst(
                "\"UpToDate\",\"advisoryIDs\":\\[\\]", "\"UpToDate\",\"advisoryIDs\":[\"" + id + "\"]"));
    }

    /** Makes Intel revoke the platform. */
    public ForgedTdx revoked() {
        return change(it -> it.pckList.serials.add(it.pck.serial));
    }

    public ForgedTdx trailing(int bytes) {
        return change(it -> it.quoteAfter = quote -> java.util.Arrays.copyOf(quote, quote.length + bytes));
    }

    public Bytes quote() {
        return forge.quote();
    }

    public TdxCollateral collateral() {
        return forge.collateral();
    }

    public static TdxTrust trust() {
        return new TdxForge().trust();
    }

    public Int256 imageHash() {
        try {
            return TdxQuote.parse(quote()).imageHash();
        } catch (TdxQuoteException e) {
            throw new AssertionError(e);
        }
    }
}
