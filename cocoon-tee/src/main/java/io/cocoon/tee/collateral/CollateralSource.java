package io.cocoon.tee.collateral;

import io.cocoon.tee.sevsnp.SnpCollateral;
import io.cocoon.tee.sevsnp.SnpProduct;
import io.cocoon.tee.tdx.TdxCollateral;
import io.cocoon.tl.Bytes;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Delivers collateral. Nothing that it delivers is trusted: the verifier checks every byte. Where it comes from is the
 * operator's choice alone; what a peer shows decides only which platform is asked for, as bytes of a fixed length.
 *
 * <p>A stage that fails carries a {@link CollateralException} (a dependent stage sees it wrapped in a {@link
 * java.util.concurrent.CompletionException}). No method blocks or throws.
 *
 * <p>Implementations are thread-safe.
 */
public interface CollateralSource extends AutoCloseable {

    /**
     * Asks for what is needed to judge a quote.
     *
     * @param fmspc out of the quote's PCK certificate
     * @param ca who issued that certificate
     * @param sgx whether the quote is of an SGX enclave and not of a trust domain
     */
    CompletionStage<TdxCollateral> tdx(Fmspc fmspc, PckCa ca, boolean sgx);

    /**
     * Asks for a product's certificate chain and revocation list.
     *
     * @param vlek the chain of VLEKs (keys of cloud providers) instead of VCEKs (keys of chips)
     */
    CompletionStage<SnpCollateral> snp(SnpProduct product, boolean vlek);

    /** Asks for the certificate of one's own chip, DER. */
    default CompletionStage<Bytes> vcek(VcekRequest request) {
        return unsupported("VCEK certificates");
    }

    /**
     * Asks for reference values of NVIDIA, an XML document.
     *
     * @param id for example {@code NV_GPU_DRIVER_GH100_550.90.07}
     */
    default CompletionStage<Bytes> rim(RimId id) {
        return unsupported("NVIDIA RIMs");
    }

    /**
     * Asks NVIDIA's responder for the status of a certificate.
     *
     * @param request DER of RFC 6960's OCSPRequest, at most 4,096 bytes
     * @return DER of an OCSPResponse; never cached, because it carries the request's nonce
     */
    default CompletionStage<Bytes> ocsp(Bytes request) {
        return unsupported("OCSP answers");
    }

    /** Ends work in progress; later calls fail. Closes what the source made itself, and no executor that was injected. */
    @Override
    default void close() {}

    private CompletionStage<Bytes> unsupported(String what) {
        return CompletableFuture.failedStage(new CollateralException(
                CollateralException.Reason.UNSUPPORTED,
                "asking " + getClass().getSimpleName() + " for " + what,
                "a source without them",
                "a source with them",
                "configure one that delivers " + what));
    }
}
