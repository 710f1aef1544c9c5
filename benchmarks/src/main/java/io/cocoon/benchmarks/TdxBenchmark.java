package io.cocoon.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import io.cocoon.tee.Verification;
import io.cocoon.tee.tdx.TdxAppraisal;
import io.cocoon.tee.tdx.TdxCollateral;
import io.cocoon.tee.tdx.TdxQuote;
import io.cocoon.tee.tdx.TdxQuoteException;
import io.cocoon.tee.tdx.TdxTrust;
import io.cocoon.tee.tdx.TdxVerifier;
import io.cocoon.tee.tdx.VerifiedCollateral;
import io.cocoon.testdata.TestData;
import io.cocoon.tl.Bytes;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What a TDX quote costs: read only; verified against collateral that was verified before, of a platform seen before (warm); with
 * all of its collateral (cold); and the collateral alone.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class TdxBenchmark {

    private static final Instant TIME = Instant.parse("2026-11-01T12:00:00Z");

    private final Bytes quote = Bytes.wrapUnshared(TestData.bytes("tdx/quotes/synthetic/base.bin"));
    private final TdxCollateral collateral = read(TestData.json("tdx/collateral/synthetic/base.json"));
    private final TdxTrust trust =
            TdxTrust.ofCertificate(Bytes.wrapUnshared(TestData.bytes("tdx/roots/synthetic-a-root.der")));
    private final VerifiedCollateral verified =
            VerifiedCollateral.verify(collateral, trust, TIME).result().orElseThrow();

    private static TdxCollateral read(JsonNode json) {
        return new TdxCollateral(
                text(json, "pck_crl_issuer_chain"),
                hex(json, "root_ca_crl"),
                hex(json, "pck_crl"),
                text(json, "tcb_info_issuer_chain"),
                text(json, "tcb_info"),
                hex(json, "tcb_info_signature"),
                text(json, "qe_identity_issuer_chain"),
                text(json, "qe_identity"),
                hex(json, "qe_identity_signature"));
    }

    private static Bytes text(JsonNode json, String member) {
        return Bytes.utf8(json.path(member).asText());
    }

    private static Bytes hex(JsonNode json, String member) {
        return Bytes.fromHex(json.path(member).asText());
    }

    @Benchmark
    public TdxQuote parseOnly() throws TdxQuoteException {
        return TdxQuote.parse(quote);
    }

    @Benchmark
    public Verification<TdxAppraisal> warm() {
        return TdxVerifier.verify(quote, verified, TIME);
    }

    @Benchmark
    public Verification<TdxAppraisal> cold() {
        return TdxVerifier.verify(quote, collateral, trust, TIME);
    }

    @Benchmark
    public Verification<VerifiedCollateral> collateralOnly() {
        return VerifiedCollateral.verify(collateral, trust, TIME);
    }
}
