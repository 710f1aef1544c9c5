package io.cocoon.tee.internal;

/** How a certificate, a list or a document is signed. */
public enum SignatureAlgorithm {
    ECDSA_SHA256,
    ECDSA_SHA384,
    /** RSASSA-PSS with SHA-384, MGF1 with SHA-384 and a salt of 48 bytes: what AMD uses. */
    RSA_PSS_SHA384,
    ED25519,
    /** Any other; nothing signed with it is accepted. */
    UNSUPPORTED;

    private static final String SHA384 = "2.16.840.1.101.3.4.2.2";
    private static final String MGF1 = "1.2.840.113549.1.1.8";
    private static final String RSA_PSS = "1.2.840.113549.1.1.10";
    private static final int SALT_BYTES = 48;

    /** Reads an AlgorithmIdentifier. */
    static SignatureAlgorithm read(Der parent, String what) throws DerException {
        Der algorithm = parent.enter(Der.SEQUENCE, what);
        String identifier = algorithm.identifier(what);
        return switch (identifier) {
            case "1.2.840.10045.4.3.2" -> withoutParameters(algorithm, ECDSA_SHA256);
            case "1.2.840.10045.4.3.3" -> withoutParameters(algorithm, ECDSA_SHA384);
            case "1.3.101.112" -> withoutParameters(algorithm, ED25519);
            case RSA_PSS -> pss(algorithm) ? RSA_PSS_SHA384 : UNSUPPORTED;
            default -> UNSUPPORTED;
        };
    }

    private static SignatureAlgorithm withoutParameters(Der algorithm, SignatureAlgorithm found) {
        return algorithm.hasMore() ? UNSUPPORTED : found;
    }

    /** Reads RSASSA-PSS-params (RFC 8017 A.2.3); only the one set of values is accepted, because the defaults are SHA-1. */
    private static boolean pss(Der algorithm) throws DerException {
        if (!algorithm.hasMore()) {
            return false;
        }
        Der parameters = algorithm.enter(Der.SEQUENCE, "RSASSA-PSS parameters");
        algorithm.expectEnd("the RSASSA-PSS parameters");
        boolean hash = parameters.peek() == 0xa0 && isSha384(parameters.enter(0xa0, "hash algorithm"));
        boolean mask = false;
        if (parameters.peek() == 0xa1) {
            Der generator = parameters.enter(0xa1, "mask generation").enter(Der.SEQUENCE, "mask generation");
            mask = generator.identifier("mask generation").equals(MGF1) && isSha384(generator);
        }
        boolean salt = parameters.peek() == 0xa2
                && parameters.enter(0xa2, "salt length").smallInteger(Der.INTEGER, "salt length", 1_024) == SALT_BYTES;
        // DER leaves the default trailer field out; AMD writes it.
        boolean trailer = parameters.peek() != 0xa3
                || parameters.enter(0xa3, "trailer field").smallInteger(Der.INTEGER, "trailer field", 255) == 1;
        return hash && mask && salt && trailer && !parameters.hasMore();
    }

    private static boolean isSha384(Der parent) throws DerException {
        Der algorithm = parent.enter(Der.SEQUENCE, "hash algorithm");
        parent.expectEnd("the hash algorithm");
        boolean isSha384 = algorithm.identifier("hash algorithm").equals(SHA384);
        if (algorithm.hasMore()) {
            algorithm.enter(Der.NULL, "hash parameters").expectEnd("NULL");
        }
        return isSha384 && !algorithm.hasMore();
    }
}
