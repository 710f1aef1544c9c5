package io.cocoon.tee.tdx;

import io.cocoon.tee.internal.Certificate;
import io.cocoon.tee.internal.DerException;
import io.cocoon.tee.internal.PemBlocks;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import java.util.List;
import java.util.Optional;

/**
 * A quote of a trust domain or of an SGX enclave, read and not yet verified: nothing in it is true before {@link TdxVerifier}
 * says so. Immutable. TEE dossier 7.1.
 *
 * <p>Bytes behind the authentication data are unsigned padding of the host; they are counted and otherwise ignored. Signatures
 * are malleable too, so neither the quote's bytes nor their hash identify anything.
 */
public final class TdxQuote {

    /** Longest quote that is read. Genuine ones have 5 to 8 KiB. */
    public static final int MAX_BYTES = 65_536;

    private static final int HEADER_BYTES = 48;

    /**
     * What the shortest of all quotes has, of version 3: header, enclave, length, two signatures, key, QE report, and three empty
     * parts with their lengths and type.
     */
    private static final int LEAST_BYTES = HEADER_BYTES + 384 + 4 + 64 + 64 + 384 + 64 + 2 + 2 + 4;

    private static final int BODY_HEADER_BYTES = 6;
    private static final int TEE_SGX = 0;
    private static final int TEE_TDX = 0x81;
    private static final int KEY_TYPE_P256 = 2;
    private static final int TYPE_QE_REPORT = 6;
    private static final int TYPE_PCK_CHAIN = 5;
    private static final Bytes INTEL_QE = Bytes.fromHex("939a7233f79c4ca9940a0db3957f0607");

    private final int version;
    private final Bytes canonical;
    private final Bytes signed;
    private final int trailingBytes;
    private final Optional<TdBody> td;
    private final Optional<SgxBody> enclave;
    private final Bytes signature;
    private final Bytes attestationKey;
    private final Bytes qeReport;
    private final Bytes qeReportSignature;
    private final Bytes qeData;
    private final Bytes pckChain;

    private TdxQuote(
            int version,
            Bytes whole,
            Bytes signed,
            Optional<TdBody> td,
            Optional<SgxBody> enclave,
            Reader authentication)
            throws TdxRefusal {
        this.version = version;
        this.signed = signed;
        this.td = td;
        this.enclave = enclave;
        int canonicalLength = authentication.end;
        this.canonical = whole.slice(0, canonicalLength);
        this.trailingBytes = whole.length() - canonicalLength;
        this.signature = authentication.take(64, "quote signature");
        this.attestationKey = authentication.take(64, "attestation key");
        Reader rest = authentication;
        if (version > 3) {
            rest = authentication.certificationData(TYPE_QE_REPORT);
            authentication.expectEnd("the certification data");
        }
        this.qeReport = rest.take(SgxBody.BYTES, "QE report");
        this.qeReportSignature = rest.take(64, "QE report signature");
        int size = rest.takeShort("length of QE authentication data");
        this.qeData = rest.take(size, "QE authentication data");
        Reader chain = rest.certificationData(TYPE_PCK_CHAIN);
        rest.expectEnd("the PCK chain");
        this.pckChain = chain.take(chain.remaining(), "PCK chain");
    }

    /** Walks forward; every length is checked against what is left. */
    private static final class Reader {
        private final Bytes source;
        private final int end;
        private int at;

        Reader(Bytes source, int at, int end) {
            this.source = source;
            this.at = at;
            this.end = end;
        }

        int remaining() {
            return end - at;
        }

        Bytes take(int count, String what) throws TdxRefusal {
            require(count, what);
            at += count;
            return source.slice(at - count, count);
        }

        int takeShort(String what) throws TdxRefusal {
            require(2, what);
            at += 2;
            return SgxBody.shortLe(source, at - 2);
        }

        /** Returns a 32-bit length that is below what is left. */
        int takeLength(String what) throws TdxRefusal {
            require(4, what);
            long length = Integer.toUnsignedLong(source.intLeAt(at));
            at += 4;
            if (length > remaining()) {
                throw malformed(
                        what + " " + length + " where " + remaining() + " bytes are left", "a length that fits");
            }
            return (int) length;
        }

        Reader certificationData(int type) throws TdxRefusal {
            int found = takeShort("type of certification data");
            if (found != type) {
                throw new TdxRefusal(TdxError.QUOTE_UNSUPPORTED, "certification data of type " + found, "type " + type);
            }
            int length = takeLength("length of certification data");
            at += length;
            return new Reader(source, at - length, at);
        }

        private void require(int count, String what) throws TdxRefusal {
            if (count > remaining()) {
                throw malformed(what + " cut off: " + remaining() + " bytes are left", count + " bytes");
            }
        }

        void expectEnd(String what) throws TdxRefusal {
            if (remaining() != 0) {
                throw malformed(remaining() + " bytes behind " + what, "nothing behind " + what);
            }
        }
    }

    private static TdxRefusal malformed(String seen, String wanted) {
        return new TdxRefusal(TdxError.QUOTE_MALFORMED, seen, wanted);
    }

    private static TdxRefusal unsupported(String seen, String wanted) {
        return new TdxRefusal(TdxError.QUOTE_UNSUPPORTED, seen, wanted);
    }

    /**
     * Reads a quote of version 3 (SGX), 4 or 5.
     *
     * @throws TdxQuoteException with code {@code QUOTE_MALFORMED} or {@code QUOTE_UNSUPPORTED}
     */
    public static TdxQuote parse(Bytes quote) throws TdxQuoteException {
        try {
            return read(quote);
        } catch (TdxRefusal e) {
            throw new TdxQuoteException(e);
        }
    }

    static TdxQuote read(Bytes quote) throws TdxRefusal {
        if (quote.length() > MAX_BYTES) {
            throw malformed("a quote of " + quote.length() + " bytes", "at most " + MAX_BYTES);
        }
        if (quote.length() < LEAST_BYTES) {
            // Before its version: simulated evidence is shorter than any quote, and its first bytes mean nothing.
            throw malformed("a quote of " + quote.length() + " bytes", "at least " + LEAST_BYTES);
        }
        Reader reader = new Reader(quote, 0, quote.length());
        Bytes header = reader.take(HEADER_BYTES, "header");
        int version = SgxBody.shortLe(header, 0);
        if (version < 3 || version > 5) {
            throw unsupported("quote version " + version, "3, 4 or 5");
        }
        int keyType = SgxBody.shortLe(header, 2);
        if (keyType != KEY_TYPE_P256) {
            throw unsupported("attestation key type " + keyType, "2, ECDSA P-256");
        }
        int tee = header.intLeAt(4);
        if (tee != TEE_SGX && (tee != TEE_TDX || version == 3)) {
            throw unsupported("TEE type " + Integer.toHexString(tee) + " in version " + version, "0 (SGX) or 81 (TDX)");
        }
        if (!header.slice(12, 16).equals(INTEL_QE)) {
            throw unsupported("QE vendor " + header.slice(12, 16).toHex(), INTEL_QE.toHex());
        }
        int size = tee == TEE_SGX ? SgxBody.BYTES : TdBody.BYTES_10;
        if (version == 5) {
            size = bodySize(reader.take(BODY_HEADER_BYTES, "body header"), tee);
        }
        Bytes body = reader.take(size, "body");
        Bytes signed = quote.slice(0, reader.at);
        int length = reader.takeLength("length of authentication data");
        return new TdxQuote(
                version,
                quote,
                signed,
                tee == TEE_TDX ? Optional.of(TdBody.read(body)) : Optional.empty(),
                tee == TEE_SGX ? Optional.of(SgxBody.read(body)) : Optional.empty(),
                new Reader(quote, reader.at, reader.at + length));
    }

    private static int bodySize(Bytes header, int tee) throws TdxRefusal {
        int type = SgxBody.shortLe(header, 0);
        int wanted = switch (type) {
            case 1 -> SgxBody.BYTES;
            case 2 -> TdBody.BYTES_10;
            case 3 -> TdBody.BYTES_15;
            default -> throw unsupported("body type " + type, "1 (SGX), 2 (TD 1.0) or 3 (TD 1.5)");
        };
        if (header.intLeAt(2) != wanted) {
            throw malformed(
                    "a body of " + Integer.toUnsignedString(header.intLeAt(2)) + " bytes and type " + type,
                    wanted + " bytes");
        }
        if ((type == 1) != (tee == TEE_SGX)) {
            throw malformed(
                    "body type " + type + " with TEE type " + Integer.toHexString(tee),
                    "body type 1 exactly for TEE type 0");
        }
        return wanted;
    }

    /** Returns 3, 4 or 5. */
    public int version() {
        return version;
    }

    /** Returns whether an SGX enclave and not a trust domain is described. */
    public boolean isSgx() {
        return enclave.isPresent();
    }

    /** Returns what is said about a trust domain; present exactly if the quote is not of an enclave. */
    public Optional<TdBody> td() {
        return td;
    }

    /** Returns what is said about an SGX enclave. */
    public Optional<SgxBody> enclave() {
        return enclave;
    }

    /** Returns the 64 bytes that the domain or the enclave chose. */
    public Bytes reportData() {
        return td.map(TdBody::reportData)
                .or(() -> enclave.map(SgxBody::reportData))
                .orElseThrow();
    }

    /** Returns the image hash. TEE dossier 3.4. */
    public Int256 imageHash() {
        return td.map(body -> body.measurements().imageHash())
                .or(() -> enclave.map(SgxBody::imageHash))
                .orElseThrow();
    }

    /** Returns the quote without the bytes behind its authentication data. */
    public Bytes canonical() {
        return canonical;
    }

    /** Returns how many unsigned bytes stood behind the quote. */
    public int trailingBytes() {
        return trailingBytes;
    }

    /** Returns what the attestation key signed. */
    public Bytes signedBytes() {
        return signed;
    }

    /** Returns the public key that signed, x ‖ y. */
    public Bytes attestationKey() {
        return attestationKey;
    }

    /** Returns the report of the quoting enclave. */
    public SgxBody qeReport() {
        return SgxBody.read(qeReport);
    }

    /** Returns what the quoting enclave put beside its report. */
    public Bytes qeAuthenticationData() {
        return qeData;
    }

    /**
     * Reads the certificate of the platform, unverified, so that its collateral can be asked for.
     *
     * @throws TdxQuoteException with code {@code PCK_CHAIN_INVALID} or {@code PCK_EXTENSION_INVALID}
     */
    public PckIdentity pck() throws TdxQuoteException {
        try {
            return PckIdentity.read(pckCertificates().get(0));
        } catch (TdxRefusal e) {
            throw new TdxQuoteException(e);
        }
    }

    /** Returns the PEM text of the chain, exactly as it stands in the quote. */
    Bytes pckChain() {
        return pckChain;
    }

    /** Returns the three certificates of the quote, leaf first. */
    List<Certificate> pckCertificates() throws TdxRefusal {
        List<Certificate> chain;
        try {
            chain = PemBlocks.certificates(pckChain, Chains.PCK_CERTIFICATES);
        } catch (DerException e) {
            throw new TdxRefusal(TdxError.PCK_CHAIN_INVALID, e);
        }
        if (chain.size() != Chains.PCK_CERTIFICATES) {
            throw new TdxRefusal(
                    TdxError.PCK_CHAIN_INVALID,
                    chain.size() + " certificates",
                    Chains.PCK_CERTIFICATES + ": platform, intermediate, root");
        }
        return chain;
    }

    Bytes signature() {
        return signature;
    }

    Bytes qeReportBytes() {
        return qeReport;
    }

    Bytes qeReportSignature() {
        return qeReportSignature;
    }
}
