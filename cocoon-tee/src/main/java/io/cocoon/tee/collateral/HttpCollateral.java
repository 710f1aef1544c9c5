package io.cocoon.tee.collateral;

import io.cocoon.tee.sevsnp.SnpCollateral;
import io.cocoon.tee.sevsnp.SnpProduct;
import io.cocoon.tee.tdx.TdxCollateral;
import io.cocoon.tl.Bytes;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledExecutorService;
import okhttp3.Headers;
import okhttp3.HttpUrl;
import okhttp3.MediaType;
import okhttp3.Request;
import okhttp3.RequestBody;
import org.jspecify.annotations.Nullable;

/**
 * Collateral from the services that publish it: Intel's (or a PCCS in its place), AMD's key distribution service, and
 * NVIDIA's for reference values and certificate status.
 *
 * <p>The operator chooses the addresses; redirects are not followed. TLS certificates are checked against the trust store
 * of the JVM, so a PCCS with a private authority needs that authority there. Plain HTTP is for loopback addresses only.
 *
 * <p>Per host: at most so many requests at once (one at AMD), at most so many a minute, and none before the time that a
 * {@code Retry-After} named, which is taken for between one second and one day. Broken connections and statuses of 500 and
 * above are tried again, three times in all, while the patience lasts. Every answer is bounded in size and time.
 *
 * <p>It keeps nothing: put a {@link CachedCollateral} in front. Thread-safe.
 */
public final class HttpCollateral implements CollateralSource {

    /** Of a TCB info or QE identity with its signature. */
    public static final int MAX_DOCUMENT_BYTES = 1 << 20;

    /** Of a revocation list. */
    public static final int MAX_CRL_BYTES = 8 << 20;

    /** Of a single certificate. */
    public static final int MAX_CERTIFICATE_BYTES = 32 << 10;

    /** Of an answer with reference values. */
    public static final int MAX_RIM_BYTES = 8 << 20;

    /** Of a request to, and an answer of, an OCSP responder. */
    public static final int MAX_OCSP_REQUEST_BYTES = 4 << 10;

    public static final int MAX_OCSP_ANSWER_BYTES = 64 << 10;

    private static final int CHAIN_CERTIFICATES = 2;
    private static final int THREADS = 4;
    private static final int AT_ONCE = 4;
    private static final String VERSION_4 = "certification/v4/";

    private final HttpUrl intel;
    private final HttpUrl intelRootCrl;
    private final HttpUrl amd;
    private final HttpUrl nvidiaRim;
    private final HttpUrl nvidiaOcsp;
    private final boolean early;
    private final HttpFetcher fetcher;
    private final HostGate intelGate;
    private final HostGate amdGate;
    private final HostGate nvidiaGate;

    private HttpCollateral(Builder from, Workers workers) {
        intel = from.intel;
        intelRootCrl = from.intelRootCrl;
        amd = from.amd;
        nvidiaRim = from.nvidiaRim;
        nvidiaOcsp = from.nvidiaOcsp;
        early = from.early;
        fetcher = new HttpFetcher(from.clock, workers, from.callTime, from.patience);
        intelGate = new HostGate(AT_ONCE, from.intelPerMinute, workers);
        // AMD asks its users to be patient with its service (2026 part, 6.7 and 8.7).
        amdGate = new HostGate(1, from.amdPerMinute, workers);
        nvidiaGate = new HostGate(AT_ONCE, from.nvidiaPerMinute, workers);
    }

    /** Returns a new builder, set to the public services. */
    public static Builder builder() {
        return new Builder();
    }

    /** Builds an {@link HttpCollateral}. */
    public static final class Builder {

        private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "::1");

        private HttpUrl intel = HttpUrl.get("https://api.trustedservices.intel.com/");
        private HttpUrl intelRootCrl = HttpUrl.get("https://certificates.trustedservices.intel.com/IntelSGXRootCA.der");
        private HttpUrl amd = HttpUrl.get("https://kdsintf.amd.com/");
        private HttpUrl nvidiaRim = HttpUrl.get("https://rim.attestation.nvidia.com/");
        private HttpUrl nvidiaOcsp = HttpUrl.get("https://ocsp.ndis.nvidia.com/");
        private boolean early;
        private Clock clock = Clock.systemUTC();
        private Duration callTime = Duration.ofSeconds(15);
        private Duration patience = Duration.ofSeconds(30);
        private int intelPerMinute = 120;
        private int amdPerMinute = 12;
        private int nvidiaPerMinute = 60;
        private @Nullable ScheduledExecutorService executor;
        private @Nullable Workers workers;

        private Builder() {}

        /**
         * Asks a PCCS instead of Intel.
         *
         * @param base for example {@code https://pccs.example:8081/}
         * @throws IllegalArgumentException if it is no https address, or http elsewhere than on a loopback address
         */
        public Builder pccs(URI base) {
            intel = address(base);
            intelRootCrl = intel.newBuilder()
                    .addPathSegments("sgx/" + VERSION_4 + "rootcacrl")
                    .build();
            return this;
        }

        /** Asks for AMD's chains, lists and certificates at another address. Rules as for {@link #pccs}. */
        public Builder amd(URI base) {
            amd = address(base);
            return this;
        }

        /** Asks for NVIDIA's reference values and certificate status at other addresses. Rules as for {@link #pccs}. */
        public Builder nvidia(URI rimBase, URI ocsp) {
            nvidiaRim = address(rimBase);
            nvidiaOcsp = address(ocsp);
            return this;
        }

        /** Asks Intel for the newest evaluation, before its time of grace is over (hazard T10). Off if not set. */
        public Builder earlyUpdate(boolean newest) {
            early = newest;
            return this;
        }

        /** The clock that {@code Retry-After} and the limits count by; the system's if not set. */
        public Builder clock(Clock source) {
            clock = source;
            return this;
        }

        /** Runs requests, which block, and waiting. It is not closed. Four daemon threads of our own if not set. */
        public Builder executor(ScheduledExecutorService service) {
            executor = service;
            return this;
        }

        /** How long one request may take from connecting to the last byte; 15 seconds if not set. */
        public Builder callTime(Duration limit) {
            callTime = positive(limit);
            return this;
        }

        /** How long to go on trying, waits included; 30 seconds if not set. */
        public Builder patience(Duration limit) {
            patience = positive(limit);
            return this;
        }

        /** How many requests a minute each vendor gets at most; 120, 12 and 60 if not set. */
        public Builder requestsPerMinute(int atIntel, int atAmd, int atNvidia) {
            if (atIntel < 1 || atAmd < 1 || atNvidia < 1) {
                throw new IllegalArgumentException(
                        "at least one request a minute, got " + atIntel + ", " + atAmd + " and " + atNvidia);
            }
            intelPerMinute = atIntel;
            amdPerMinute = atAmd;
            nvidiaPerMinute = atNvidia;
            return this;
        }

        /** For tests that replace the waiting. */
        Builder workers(Workers replacement) {
            workers = replacement;
            return this;
        }

        private static Duration positive(Duration limit) {
            if (limit.isNegative() || limit.isZero() || limit.compareTo(Duration.ofHours(1)) > 0) {
                throw new IllegalArgumentException("a time limit is above zero and at most an hour, got " + limit);
            }
            return limit;
        }

        private static HttpUrl address(URI uri) {
            HttpUrl url = HttpUrl.parse(uri.toString());
            if (url == null
                    || url.query() != null
                    || url.fragment() != null
                    || !url.username().isEmpty()
                    || !(url.isHttps() || LOOPBACK.contains(url.host()))) {
                throw new IllegalArgumentException("a service's address is https://host:port/ (http on loopback"
                        + " addresses only) without user, query and fragment");
            }
            return url.encodedPath().endsWith("/")
                    ? url
                    : url.newBuilder().addPathSegment("").build();
        }

        /** Makes the source; opens no connection. */
        public HttpCollateral build() {
            Workers chosen = workers;
            return new HttpCollateral(
                    this, chosen != null ? chosen : Workers.of(executor, THREADS, "cocoon-collateral-http"));
        }
    }

    @Override
    public CompletionStage<TdxCollateral> tdx(Fmspc fmspc, PckCa ca, boolean sgx) {
        String kind = sgx ? "sgx/" : "tdx/";
        String update = early ? "early" : "standard";
        HttpUrl tcbUrl = at(intel, kind + VERSION_4 + "tcb")
                .addQueryParameter("fmspc", fmspc.toUpperHex())
                .addQueryParameter("update", update)
                .build();
        HttpUrl qeUrl = at(intel, kind + VERSION_4 + "qe/identity")
                .addQueryParameter("update", update)
                .build();
        HttpUrl crlUrl = at(intel, "sgx/" + VERSION_4 + "pckcrl")
                .addQueryParameter("ca", ca.word())
                .addQueryParameter("encoding", "der")
                .build();
        String platform = (sgx ? "SGX" : "TDX") + " platform " + fmspc.toHex();
        // The other three are asked for only if the platform exists: what a peer made up costs one request.
        return get(intelGate, tcbUrl, MAX_DOCUMENT_BYTES, "TCB info of " + platform, (body, headers) -> {
                    PcsAnswers.Signed tcb = PcsAnswers.signed(body, "tcbInfo");
                    PcsAnswers.requireTcbInfo(tcb.document(), fmspc, sgx);
                    List<String> chain = headers.values("TCB-Info-Issuer-Chain");
                    return new SignedWithChain(
                            tcb,
                            PcsAnswers.chain(
                                    chain.isEmpty() ? headers.values("SGX-TCB-Info-Issuer-Chain") : chain,
                                    CHAIN_CERTIFICATES));
                })
                .thenCompose(tcb -> {
                    CompletableFuture<SignedWithChain> qe = get(
                            intelGate, qeUrl, MAX_DOCUMENT_BYTES, "QE identity for " + platform, (body, headers) -> {
                                PcsAnswers.Signed identity = PcsAnswers.signed(body, "enclaveIdentity");
                                PcsAnswers.requireQeIdentity(identity.document(), sgx);
                                return new SignedWithChain(
                                        identity,
                                        PcsAnswers.chain(
                                                headers.values("SGX-Enclave-Identity-Issuer-Chain"),
                                                CHAIN_CERTIFICATES));
                            });
                    CompletableFuture<Bytes[]> crl = get(
                            intelGate,
                            crlUrl,
                            MAX_CRL_BYTES,
                            "CRL of Intel's PCK " + ca.word() + " CA",
                            (body, headers) -> new Bytes[] {
                                PcsAnswers.der(body),
                                PcsAnswers.chain(headers.values("SGX-PCK-CRL-Issuer-Chain"), CHAIN_CERTIFICATES)
                            });
                    CompletableFuture<Bytes> root = get(
                            intelGate,
                            intelRootCrl,
                            MAX_CRL_BYTES,
                            "CRL of Intel's root CA",
                            (body, headers) -> PcsAnswers.der(body));
                    return qe.thenCombine(crl, Both::new)
                            .thenCombine(
                                    root,
                                    (both, rootCrl) -> new TdxCollateral(
                                            both.crl[1],
                                            rootCrl,
                                            both.crl[0],
                                            tcb.chain,
                                            tcb.signed.document(),
                                            tcb.signed.signature(),
                                            both.qe.chain,
                                            both.qe.signed.document(),
                                            both.qe.signed.signature()));
                });
    }

    private record SignedWithChain(PcsAnswers.Signed signed, Bytes chain) {}

    private record Both(SignedWithChain qe, Bytes[] crl) {}

    @Override
    public CompletionStage<SnpCollateral> snp(SnpProduct product, boolean vlek) {
        String path = (vlek ? "vlek/v1/" : "vcek/v1/") + product.word() + "/";
        CompletableFuture<Bytes> chain = get(
                amdGate,
                at(amd, path + "cert_chain").build(),
                PcsAnswers.MAX_CHAIN_BYTES,
                "certificate chain of AMD " + product.word(),
                (body, headers) -> PcsAnswers.pem(body, CHAIN_CERTIFICATES));
        return chain.thenCompose(pem -> get(
                        amdGate,
                        at(amd, path + "crl").build(),
                        MAX_CRL_BYTES,
                        "revocation list of AMD " + product.word(),
                        (body, headers) -> PcsAnswers.der(body))
                .thenApply(crl -> new SnpCollateral(product, pem, Optional.of(crl))));
    }

    @Override
    public CompletionStage<Bytes> vcek(VcekRequest request) {
        HttpUrl url = at(
                        amd,
                        "vcek/v1/" + request.product().word() + "/"
                                + request.chipId().toHex())
                .encodedQuery(request.query())
                .build();
        return get(
                amdGate,
                url,
                MAX_CERTIFICATE_BYTES,
                "VCEK certificate of this " + request.product().word() + " chip",
                (body, headers) -> PcsAnswers.der(body));
    }

    @Override
    public CompletionStage<Bytes> rim(RimId id) {
        return get(
                nvidiaGate,
                at(nvidiaRim, "v1/rim/" + id.value()).build(),
                MAX_RIM_BYTES,
                "reference values " + id.value(),
                (body, headers) -> PcsAnswers.rim(body, id));
    }

    @Override
    public CompletionStage<Bytes> ocsp(Bytes request) {
        if (request.length() > MAX_OCSP_REQUEST_BYTES) {
            return CompletableFuture.failedStage(new MalformedAnswer(
                            "a request of " + request.length() + " bytes", "at most " + MAX_OCSP_REQUEST_BYTES)
                    .at("asking NVIDIA's OCSP responder", "ask for fewer certificates"));
        }
        Request post = new Request.Builder()
                .url(nvidiaOcsp)
                .post(RequestBody.create(request.toByteArray(), MediaType.get("application/ocsp-request")))
                .build();
        return send(
                nvidiaGate,
                post,
                MAX_OCSP_ANSWER_BYTES,
                "certificate status at NVIDIA's OCSP responder",
                (body, headers) -> PcsAnswers.der(body));
    }

    private static HttpUrl.Builder at(HttpUrl base, String path) {
        return base.newBuilder().addPathSegments(path);
    }

    private interface Reading<T> {
        T read(Bytes body, Headers headers) throws MalformedAnswer;
    }

    private <T> CompletableFuture<T> get(HostGate gate, HttpUrl url, int maxBytes, String what, Reading<T> reading) {
        return send(gate, new Request.Builder().url(url).build(), maxBytes, what, reading);
    }

    private <T> CompletableFuture<T> send(
            HostGate gate, Request request, int maxBytes, String what, Reading<T> reading) {
        String tried = "asking " + request.url().host() + " for the " + what;
        return fetcher.fetch(gate, request, maxBytes, tried).thenApply(fetched -> {
            try {
                return reading.read(fetched.body(), fetched.headers());
            } catch (MalformedAnswer e) {
                throw new CompletionException(
                        e.at(tried, "check that the configured address is the service itself and not a proxy's page"));
            }
        });
    }

    @Override
    public void close() {
        fetcher.close();
    }
}
