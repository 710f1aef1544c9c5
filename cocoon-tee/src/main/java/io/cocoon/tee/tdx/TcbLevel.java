package io.cocoon.tee.tdx;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * One level of a signed document: the least versions that it takes, and what Intel says about it. Immutable.
 *
 * @param minimum for a platform 16 components, PCESVN and, in TCB info for TDX, 16 TDX components; else ISVSVN alone
 * @param date of the level
 * @param statusWord Intel's word; resolved only when the level is selected
 * @param advisoryIds what applies to the level
 */
record TcbLevel(int[] minimum, Instant date, String statusWord, List<String> advisoryIds) {

    static final int COMPONENTS = 16;

    static final Set<TcbStatus> PLATFORM_STATUSES = EnumSet.of(
            TcbStatus.UP_TO_DATE,
            TcbStatus.SW_HARDENING_NEEDED,
            TcbStatus.CONFIGURATION_NEEDED,
            TcbStatus.CONFIGURATION_AND_SW_HARDENING_NEEDED,
            TcbStatus.OUT_OF_DATE,
            TcbStatus.OUT_OF_DATE_CONFIGURATION_NEEDED,
            TcbStatus.REVOKED);
    static final Set<TcbStatus> MODULE_STATUSES =
            EnumSet.of(TcbStatus.UP_TO_DATE, TcbStatus.OUT_OF_DATE, TcbStatus.REVOKED);
    static final Set<TcbStatus> QE_STATUSES = EnumSet.of(
            TcbStatus.UP_TO_DATE,
            TcbStatus.OUT_OF_DATE,
            TcbStatus.CONFIGURATION_NEEDED,
            TcbStatus.OUT_OF_DATE_CONFIGURATION_NEEDED,
            TcbStatus.REVOKED);

    private static final int MAX_SVN = 255;
    private static final int MAX_ISV_SVN = 65_535;

    private static final Comparator<TcbLevel> NEWEST_FIRST = (a, b) -> Arrays.compare(b.minimum, a.minimum);

    /** Reads the levels of a platform, newest first. */
    static List<TcbLevel> readPlatform(SignedDocument parent, boolean isTdx) throws TdxRefusal {
        List<TcbLevel> levels = new ArrayList<>();
        for (SignedDocument level : parent.children("tcbLevels")) {
            SignedDocument tcb = level.child("tcb");
            int[] minimum = new int[isTdx ? 2 * COMPONENTS + 1 : COMPONENTS + 1];
            components(tcb, "sgxtcbcomponents", minimum, 0);
            minimum[COMPONENTS] = tcb.integer("pcesvn", MAX_ISV_SVN);
            if (isTdx) {
                components(tcb, "tdxtcbcomponents", minimum, COMPONENTS + 1);
            }
            levels.add(read(level, minimum));
        }
        return sorted(levels, parent);
    }

    private static void components(SignedDocument tcb, String member, int[] target, int at) throws TdxRefusal {
        List<SignedDocument> components = tcb.children(member);
        if (components.size() != COMPONENTS) {
            throw tcb.refusal(member, COMPONENTS + " components");
        }
        for (SignedDocument component : components) {
            target[at++] = component.integer("svn", MAX_SVN);
        }
    }

    /** Reads the levels of a TDX module or of a quoting enclave, newest first. */
    static List<TcbLevel> readIsv(SignedDocument parent) throws TdxRefusal {
        List<TcbLevel> levels = new ArrayList<>();
        for (SignedDocument level : parent.children("tcbLevels")) {
            levels.add(read(level, new int[] {level.child("tcb").integer("isvsvn", MAX_ISV_SVN)}));
        }
        return sorted(levels, parent);
    }

    private static TcbLevel read(SignedDocument level, int[] minimum) throws TdxRefusal {
        return new TcbLevel(
                minimum,
                level.date("tcbDate"),
                level.text("tcbStatus"),
                level.has("advisoryIDs") ? level.texts("advisoryIDs") : List.of());
    }

    private static List<TcbLevel> sorted(List<TcbLevel> levels, SignedDocument parent) throws TdxRefusal {
        if (levels.isEmpty()) {
            throw parent.refusal("tcbLevels", "at least one level");
        }
        levels.sort(NEWEST_FIRST);
        for (int i = 1; i < levels.size(); i++) {
            if (Arrays.equals(levels.get(i - 1).minimum, levels.get(i).minimum)) {
                throw parent.refusal("tcbLevels", "levels that differ");
            }
        }
        return List.copyOf(levels);
    }

    /** Returns the status, which must be one that this kind of level may have. */
    TcbStatus status(Set<TcbStatus> allowed, String what) throws TdxRefusal {
        for (TcbStatus status : allowed) {
            if (status.word().equals(statusWord)) {
                return status;
            }
        }
        throw new TdxRefusal(
                TdxError.TCB_STATUS_UNRECOGNIZED,
                "status " + Chains.printable(statusWord) + " of " + what,
                "one of " + allowed.stream().map(TcbStatus::word).toList());
    }
}
