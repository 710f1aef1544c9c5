package io.cocoon.tee;

import io.cocoon.tl.Int256;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.Objects;
import java.util.Vector;
import org.bouncycastle.asn1.edec.EdECObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.tls.AbstractTlsClient;
import org.bouncycastle.tls.AbstractTlsServer;
import org.bouncycastle.tls.Certificate;
import org.bouncycastle.tls.CertificateEntry;
import org.bouncycastle.tls.CertificateRequest;
import org.bouncycastle.tls.CipherSuite;
import org.bouncycastle.tls.NamedGroup;
import org.bouncycastle.tls.ProtocolVersion;
import org.bouncycastle.tls.SignatureAndHashAlgorithm;
import org.bouncycastle.tls.TlsAuthentication;
import org.bouncycastle.tls.TlsContext;
import org.bouncycastle.tls.TlsCredentials;
import org.bouncycastle.tls.TlsServerCertificate;
import org.bouncycastle.tls.TlsSession;
import org.bouncycastle.tls.TlsUtils;
import org.bouncycastle.tls.crypto.TlsCertificate;
import org.bouncycastle.tls.crypto.TlsCryptoParameters;
import org.bouncycastle.tls.crypto.impl.TlsAEADCipher;
import org.bouncycastle.tls.crypto.impl.bc.BcDefaultTlsCredentialedSigner;
import org.bouncycastle.tls.crypto.impl.bc.BcTlsCrypto;
import org.bouncycastle.tls.crypto.impl.bc.BcTlsRawKeyCertificate;
import org.jspecify.annotations.Nullable;

/**
 * What the TLS engine asks of an application, for both ends: TLS 1.3 only, the two AES-GCM suites, Ed25519, one certificate
 * on each side, no names, no resumption. Source: TEE dossier 4.1.
 *
 * <p>One object a connection, confined to its event loop, except that {@link #peerCertificate} is read later by whoever
 * judges it.
 */
final class TlsPeers {

    /** Room for a certificate with the largest quote; OpenSSL's own bound (2026 part of the TEE dossier, 2.2). */
    private static final int MAX_HANDSHAKE_MESSAGE_BYTES = 100 << 10;

    private static final int[] SUITES = {CipherSuite.TLS_AES_128_GCM_SHA256, CipherSuite.TLS_AES_256_GCM_SHA384};
    private static final ProtocolVersion[] VERSIONS = {ProtocolVersion.TLSv13};

    private final CertificateIdentity identity;
    private final CertificateRules rules;
    private final Crypto crypto;
    private @Nullable CertificateRefusal refusal;
    private volatile @Nullable PeerCertificate peerCertificate;
    private boolean handshakeComplete;

    TlsPeers(CertificateIdentity identity, CertificateRules rules, SecureRandom random) {
        this.identity = identity;
        this.rules = rules;
        this.crypto = new Crypto(random);
    }

    boolean handshakeComplete() {
        return handshakeComplete;
    }

    /** Returns why the peer's certificate was refused while it was read, or null. */
    @Nullable
    CertificateRefusal refusal() {
        return refusal;
    }

    /** Returns the peer's certificate. To be called after the handshake only. */
    PeerCertificate peerCertificate() {
        return Objects.requireNonNull(peerCertificate, "the handshake is not complete");
    }

    private void peerShowed(@Nullable Certificate chain) throws IOException {
        if (chain == null || chain.isEmpty()) {
            refusal = new CertificateRefusal(
                    "ratls.certificate",
                    "TLS_CERT_MISSING",
                    "no certificate",
                    "one Ed25519 certificate; a peer with a key of another type shows none",
                    "TEE dossier 4.1");
            throw refusal;
        }
        if (!(chain.getCertificateAt(0) instanceof Leaf leaf)) {
            throw new IllegalStateException("the engine lost the certificate that was made for it");
        }
        peerCertificate = leaf.parsed;
    }

    private TlsCredentials credentials(TlsContext context, byte[] requestContext) throws IOException {
        CertificateEntry entry = new CertificateEntry(new Own(crypto, identity), null);
        return new BcDefaultTlsCredentialedSigner(
                new TlsCryptoParameters(context),
                crypto,
                new Ed25519PrivateKeyParameters(identity.key().seed().toByteArray(), 0),
                new Certificate(requestContext, new CertificateEntry[] {entry}),
                SignatureAndHashAlgorithm.ed25519);
    }

    private static Vector<SignatureAndHashAlgorithm> ed25519Only() {
        Vector<SignatureAndHashAlgorithm> algorithms = new Vector<>();
        algorithms.add(SignatureAndHashAlgorithm.ed25519);
        return algorithms;
    }

    Client client() {
        return new Client();
    }

    Server server() {
        return new Server();
    }

    /** The dialling end. */
    final class Client extends AbstractTlsClient {

        private Client() {
            super(crypto);
        }

        @Override
        protected ProtocolVersion[] getSupportedVersions() {
            return VERSIONS;
        }

        @Override
        protected int[] getSupportedCipherSuites() {
            return SUITES;
        }

        @Override
        protected Vector<SignatureAndHashAlgorithm> getSupportedSignatureAlgorithms() {
            return ed25519Only();
        }

        @Override
        public Vector<Integer> getEarlyKeyShareGroups() {
            return TlsUtils.vectorOfOne(NamedGroup.x25519);
        }

        @Override
        public @Nullable TlsSession getSessionToResume() {
            return null;
        }

        @Override
        public int getMaxHandshakeMessageSize() {
            return MAX_HANDSHAKE_MESSAGE_BYTES;
        }

        @Override
        public void notifyHandshakeComplete() throws IOException {
            super.notifyHandshakeComplete();
            handshakeComplete = true;
        }

        @Override
        public TlsAuthentication getAuthentication() {
            return new TlsAuthentication() {
                @Override
                public void notifyServerCertificate(TlsServerCertificate shown) throws IOException {
                    peerShowed(shown.getCertificate());
                }

                @Override
                public TlsCredentials getClientCredentials(CertificateRequest request) throws IOException {
                    return credentials(context, request.getCertificateRequestContext());
                }
            };
        }
    }

    /** The accepting end. */
    final class Server extends AbstractTlsServer {

        private Server() {
            super(crypto);
        }

        @Override
        protected ProtocolVersion[] getSupportedVersions() {
            return VERSIONS;
        }

        @Override
        protected int[] getSupportedCipherSuites() {
            return SUITES;
        }

        @Override
        public int getMaxHandshakeMessageSize() {
            return MAX_HANDSHAKE_MESSAGE_BYTES;
        }

        @Override
        public CertificateRequest getCertificateRequest() throws IOException {
            return new CertificateRequest(TlsUtils.EMPTY_BYTES, ed25519Only(), null, null);
        }

        @Override
        public void notifyClientCertificate(Certificate shown) throws IOException {
            peerShowed(shown);
        }

        @Override
        public TlsCredentials getCredentials() throws IOException {
            return credentials(context, TlsUtils.EMPTY_BYTES);
        }

        @Override
        public void notifyHandshakeComplete() throws IOException {
            super.notifyHandshakeComplete();
            handshakeComplete = true;
        }
    }

    /** Our certificate as the engine wants it; nobody needs to parse what we made. */
    private static final class Own extends BcTlsRawKeyCertificate {

        private final byte[] encoded;

        Own(BcTlsCrypto crypto, CertificateIdentity identity) {
            super(crypto, Leaf.keyInfo(identity.publicKey()));
            this.encoded = identity.certificate().toByteArray();
        }

        @Override
        public byte[] getEncoded() {
            return encoded;
        }
    }

    /** A peer's parsed certificate as the engine wants it: a key, and the bytes. */
    private static final class Leaf extends BcTlsRawKeyCertificate {

        private final PeerCertificate parsed;

        Leaf(BcTlsCrypto crypto, PeerCertificate parsed) {
            super(crypto, keyInfo(parsed.key()));
            this.parsed = parsed;
        }

        private static SubjectPublicKeyInfo keyInfo(Int256 key) {
            return new SubjectPublicKeyInfo(
                    new AlgorithmIdentifier(EdECObjectIdentifiers.id_Ed25519), key.toByteArray());
        }

        @Override
        public byte[] getEncoded() {
            return parsed.encoded().toByteArray();
        }
    }

    /**
     * BouncyCastle's primitives, with two of ours: our reader of certificates, and the JDK's AES-GCM, which uses the
     * processor's instructions.
     */
    private final class Crypto extends BcTlsCrypto {

        private int certificates;

        Crypto(SecureRandom random) {
            super(random);
        }

        @Override
        public TlsCertificate createCertificate(short type, byte[] encoded) throws IOException {
            if (++certificates > 1) {
                // Measured: the reference takes extra certificates behind the leaf and does not look at them; neither
                // do we.
                return new BcTlsRawKeyCertificate(this, Leaf.keyInfo(Int256.ZERO));
            }
            try {
                return new Leaf(this, CertificateParser.parse(encoded, rules));
            } catch (CertificateRefusal e) {
                refusal = e;
                throw e;
            }
        }

        @Override
        protected TlsAEADCipher createCipher_AES_GCM(TlsCryptoParameters parameters, int keyBytes, int tagBytes)
                throws IOException {
            return new TlsAEADCipher(
                    parameters, new JceAesGcm(true), new JceAesGcm(false), keyBytes, tagBytes, TlsAEADCipher.AEAD_GCM);
        }
    }
}
