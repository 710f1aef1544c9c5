package io.cocoon.tee.tdx;

import io.cocoon.tl.Bytes;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The status of a platform with a TDX module and a quoting enclave. TEE dossier 7.7.
 *
 * @param status converged
 * @param platform level of the firmware
 * @param module level of the TDX module
 * @param qe level of the quoting enclave
 * @param advisoryIds of all three, sorted
 * @param date the earliest of the three
 */
record TcbEvaluation(
        TcbStatus status,
        TcbStatus platform,
        Optional<TcbStatus> module,
        TcbStatus qe,
        List<String> advisoryIds,
        Instant date) {

    /**
     * Evaluates a platform.
     *
     * @param svn TEE_TCB_SVN, or null for SGX
     */
    static TcbEvaluation of(TcbInfo info, QeIdentity identity, PckIdentity pck, int qeSvn, @Nullable Bytes svn)
            throws TdxRefusal {
        TcbLevel platformLevel = platform(info, pck, svn);
        TcbStatus platform = platformLevel.status(TcbLevel.PLATFORM_STATUSES, "the platform");
        TcbLevel moduleLevel = svn == null || svn.get(1) == 0 ? null : module(info, svn);
        TcbStatus module = moduleLevel == null ? null : moduleLevel.status(TcbLevel.MODULE_STATUSES, "the TDX module");
        TcbLevel qeLevel = isv(identity.levels(), qeSvn, "quoting enclave");
        TcbStatus qe = qeLevel.status(TcbLevel.QE_STATUSES, "the quoting enclave");

        TreeSet<String> advisories = new TreeSet<>(platformLevel.advisoryIds());
        advisories.addAll(qeLevel.advisoryIds());
        Instant date = earlier(platformLevel.date(), qeLevel.date());
        if (moduleLevel != null) {
            advisories.addAll(moduleLevel.advisoryIds());
            date = earlier(date, moduleLevel.date());
        }
        return new TcbEvaluation(
                converge(platform, module, qe),
                platform,
                Optional.ofNullable(module),
                qe,
                List.copyOf(advisories),
                date);
    }

    private static Instant earlier(Instant a, Instant b) {
        return b.isBefore(a) ? b : a;
    }

    private static TcbLevel platform(TcbInfo info, PckIdentity pck, @Nullable Bytes svn) throws TdxRefusal {
        for (TcbLevel level : info.levels()) {
            if (reaches(level.minimum(), pck, svn)) {
                return level;
            }
        }
        throw new TdxRefusal(
                TdxError.TCB_NOT_SUPPORTED,
                "components " + pck.components().toHex() + ", PCESVN " + pck.pceSvn()
                        + (svn == null ? "" : ", TEE_TCB_SVN " + svn.toHex()),
                "at least the lowest of " + info.levels().size() + " levels");
    }

    private static boolean reaches(int[] minimum, PckIdentity pck, @Nullable Bytes svn) {
        for (int i = 0; i < TcbLevel.COMPONENTS; i++) {
            if ((pck.components().get(i) & 0xff) < minimum[i]) {
                return false;
            }
        }
        if (pck.pceSvn() < minimum[TcbLevel.COMPONENTS]) {
            return false;
        }
        if (svn == null) {
            return true;
        }
        // From module version 1 on, components 0 and 1 describe the module, which has levels of its own.
        for (int i = svn.get(1) == 0 ? 0 : 2; i < TcbLevel.COMPONENTS; i++) {
            if ((svn.get(i) & 0xff) < minimum[TcbLevel.COMPONENTS + 1 + i]) {
                return false;
            }
        }
        return true;
    }

    private static TcbLevel module(TcbInfo info, Bytes svn) throws TdxRefusal {
        int version = svn.get(1) & 0xff;
        TcbInfo.Module module = info.modules().get(version);
        if (module == null) {
            throw new TdxRefusal(
                    TdxError.TCB_NOT_SUPPORTED,
                    "TDX module version " + version,
                    "one of " + info.modules().keySet());
        }
        return isv(module.levels(), svn.get(0) & 0xff, "TDX module");
    }

    private static TcbLevel isv(List<TcbLevel> levels, int svn, String what) throws TdxRefusal {
        for (TcbLevel level : levels) {
            if (svn >= level.minimum()[0]) {
                return level;
            }
        }
        throw new TdxRefusal(
                TdxError.TCB_NOT_SUPPORTED,
                what + " of security version " + svn,
                "at least " + levels.get(levels.size() - 1).minimum()[0]);
    }

    static TcbStatus converge(TcbStatus platform, @Nullable TcbStatus module, TcbStatus qe) {
        if (module == TcbStatus.REVOKED || qe == TcbStatus.REVOKED) {
            return TcbStatus.REVOKED;
        }
        if (module != TcbStatus.OUT_OF_DATE && qe != TcbStatus.OUT_OF_DATE) {
            return platform;
        }
        return switch (platform) {
            case UP_TO_DATE, SW_HARDENING_NEEDED -> TcbStatus.OUT_OF_DATE;
            case CONFIGURATION_NEEDED, CONFIGURATION_AND_SW_HARDENING_NEEDED ->
                TcbStatus.OUT_OF_DATE_CONFIGURATION_NEEDED;
            default -> platform;
        };
    }

    /** Returns the status of a domain whose module was replaced below it since it was launched. */
    static TcbStatus relaunch(TcbStatus launch, TcbStatus current) {
        boolean launchIsOld = launch == TcbStatus.OUT_OF_DATE || launch == TcbStatus.OUT_OF_DATE_CONFIGURATION_NEEDED;
        boolean configuration = launch == TcbStatus.OUT_OF_DATE_CONFIGURATION_NEEDED;
        boolean currentIsNew = switch (current) {
            case UP_TO_DATE, SW_HARDENING_NEEDED -> true;
            case CONFIGURATION_NEEDED, CONFIGURATION_AND_SW_HARDENING_NEEDED -> {
                configuration = true;
                yield true;
            }
            default -> false;
        };
        if (!launchIsOld || !currentIsNew) {
            return launch;
        }
        return configuration ? TcbStatus.TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED : TcbStatus.TD_RELAUNCH_ADVISED;
    }
}
