package io.cocoon.tee.tdx;

import java.util.ArrayList;
import java.util.List;

/**
 * Something about a genuine quote that a strict policy refuses. Intel calls a domain with these up to date, and the image hash
 * does not cover them, so somebody has to look: TEE dossier 7.9.
 */
public enum TdFinding {
    /** The host can read and change the domain. */
    TD_DEBUG,
    /** The host can profile the domain, or a bit of that group is set that is not assigned. */
    TD_PROFILING_OR_RESERVED,
    /** An attribute is set that is not assigned. */
    TD_RESERVED_ATTRIBUTES,
    /** The host can inject exceptions for missing pages. */
    TD_SEPT_VE_NOT_DISABLED,
    /** The domain may be moved to another machine. */
    TD_MIGRATABLE,
    /** Features that every domain has are off, or features are on that are not assigned. */
    TD_XFAM,
    /** A service domain is bound, for example one that migrates. */
    TD_SERVICE_TD_BOUND,
    /** The enclave of an SGX quote can be read and changed. */
    ENCLAVE_DEBUG;

    private static final long DEBUG = 1;
    private static final long PROFILING = 0xfe;
    private static final long RESERVED = bits(8, 26) | bits(32, 62);
    private static final long SEPT_VE_DISABLE = 1L << 28;
    private static final long MIGRATABLE = 1L << 29;
    private static final long XFAM_MANDATORY = 0x3;
    private static final long XFAM_ALLOWED = 0x6dbe7;
    private static final int ENCLAVE_DEBUG_BIT = 0x02;

    private static long bits(int from, int to) {
        return (-1L >>> (63 - to)) & (-1L << from);
    }

    /** Returns what a strict policy refuses about a quote, in the order of this enumeration. */
    public static List<TdFinding> of(TdxQuote quote) {
        List<TdFinding> findings = new ArrayList<>();
        quote.td().ifPresent(td -> {
            long attributes = td.tdAttributes();
            add(findings, TD_DEBUG, (attributes & DEBUG) != 0);
            add(findings, TD_PROFILING_OR_RESERVED, (attributes & PROFILING) != 0);
            add(findings, TD_RESERVED_ATTRIBUTES, (attributes & RESERVED) != 0);
            add(findings, TD_SEPT_VE_NOT_DISABLED, (attributes & SEPT_VE_DISABLE) == 0);
            add(findings, TD_MIGRATABLE, (attributes & MIGRATABLE) != 0);
            add(findings, TD_XFAM, (td.xfam() & XFAM_MANDATORY) != XFAM_MANDATORY || (td.xfam() & ~XFAM_ALLOWED) != 0);
            add(
                    findings,
                    TD_SERVICE_TD_BOUND,
                    td.mrServiceTd().filter(value -> !TdBody.isZero(value)).isPresent());
        });
        quote.enclave()
                .ifPresent(enclave ->
                        add(findings, ENCLAVE_DEBUG, (enclave.attributes().get(0) & ENCLAVE_DEBUG_BIT) != 0));
        return List.copyOf(findings);
    }

    private static void add(List<TdFinding> findings, TdFinding finding, boolean isSeen) {
        if (isSeen) {
            findings.add(finding);
        }
    }
}
