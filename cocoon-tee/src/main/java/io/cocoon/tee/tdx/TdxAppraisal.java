package io.cocoon.tee.tdx;

import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What a genuine quote says, judged by Intel's collateral and not yet by any policy. Immutable. TEE dossier 7.7 and 7.9.
 *
 * @param quote the quote
 * @param status the converged status
 * @param platformStatus of the platform's firmware
 * @param moduleStatus of the TDX module; empty for SGX and for modules that state version 0
 * @param qeStatus of the quoting enclave
 * @param currentStatus the status for the module that runs now, of TD 1.5 bodies only. A policy has to look at it as well: a
 *     domain launched on an up-to-date module can run on one that is out of date
 * @param advisoryIds Intel's advisories for the three levels, sorted, each once
 * @param tcbDate the earliest date of the three levels
 * @param tcbEvaluationNumber Intel's evaluation that judged; older ones can hide an advisory
 * @param findings what a strict policy refuses, beyond Intel's rules
 * @param imageHash what runs; see {@link TdMeasurements#imageHash}
 * @param pck the platform
 * @param fmspc 6 bytes, the family of platforms
 * @param collateralRootHash 48 bytes, SHA-384 of the root's key
 * @param trailingBytes unsigned bytes behind the quote
 * @param canonicalLength length of the quote without them, in bytes
 */
public record TdxAppraisal(
        TdxQuote quote,
        TcbStatus status,
        TcbStatus platformStatus,
        Optional<TcbStatus> moduleStatus,
        TcbStatus qeStatus,
        Optional<TcbStatus> currentStatus,
        List<String> advisoryIds,
        Instant tcbDate,
        int tcbEvaluationNumber,
        List<TdFinding> findings,
        Int256 imageHash,
        PckIdentity pck,
        Bytes fmspc,
        Bytes collateralRootHash,
        int trailingBytes,
        int canonicalLength) {

    public TdxAppraisal {
        advisoryIds = List.copyOf(advisoryIds);
        findings = List.copyOf(findings);
    }
}
