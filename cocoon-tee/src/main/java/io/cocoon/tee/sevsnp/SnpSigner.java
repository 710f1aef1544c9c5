package io.cocoon.tee.sevsnp;

/** Which kind of endorsement key signed a report. 2026 part of the TEE dossier, 8.1 and 8.4. */
public enum SnpSigner {
    /** A key of one chip at one firmware level, certified by AMD. */
    VCEK,
    /** A key that AMD loaned to a cloud provider: the report does not say which chip made it. */
    VLEK
}
