package io.cocoon.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import io.cocoon.tee.Verification;
import io.cocoon.tee.sevsnp.SnpAppraisal;
import io.cocoon.tee.sevsnp.SnpCollateral;
import io.cocoon.tee.sevsnp.SnpException;
import io.cocoon.tee.sevsnp.SnpProduct;
import io.cocoon.tee.sevsnp.SnpReport;
import io.cocoon.tee.sevsnp.SnpTrust;
import io.cocoon.tee.sevsnp.SnpVerifier;
import io.cocoon.tee.sevsnp.VerifiedSnpCollateral;
import io.cocoon.testdata.TestData;
import io.cocoon.tl.Bytes;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
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
 * What an SEV-SNP report costs: read only; verified against collateral that was verified before, of a machine seen before (warm);
 * with all of its collateral (cold); and the collateral alone.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class SnpBenchmark {

    private static final String FOLDER = "sev-snp/2026/synthetic/";

    private final JsonNode evidence = find("ok-genoa-v3");
    private final Instant time = Instant.parse(evidence.path("verify_at").asText());
    private final Bytes report = file("report");
    private final Bytes endorsement = pem(file("endorsement_key_cert"));
    private final SnpCollateral collateral = new SnpCollateral(
            SnpProduct.GENOA, pem(file("intermediate")).concat(pem(file("trusted_root"))), Optional.of(file("crl")));
    private final SnpTrust trust = SnpTrust.of(SnpProduct.GENOA, SnpTrust.keyHash(file("trusted_root")));
    private final VerifiedSnpCollateral verified =
            VerifiedSnpCollateral.verify(collateral, trust, time).result().orElseThrow();

    private static JsonNode find(String id) {
        for (JsonNode each : TestData.json(FOLDER + "cases.json").path("cases")) {
            if (each.path("id").asText().equals(id)) {
                return each;
            }
        }
        throw new IllegalArgumentException("no case " + id);
    }

    private Bytes file(String member) {
        return Bytes.wrapUnshared(TestData.bytes(FOLDER + evidence.path(member).asText()));
    }

    private static Bytes pem(Bytes der) {
        return Bytes.utf8("-----BEGIN CERTIFICATE-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der.toByteArray())
                + "\n-----END CERTIFICATE-----\n");
    }

    @Benchmark
    public SnpReport parseOnly() throws SnpException {
        return SnpReport.parse(report);
    }

    @Benchmark
    public Verification<SnpAppraisal> warm() {
        return SnpVerifier.verify(report, endorsement, verified, time);
    }

    @Benchmark
    public Verification<SnpAppraisal> cold() {
        return SnpVerifier.verify(report, endorsement, collateral, trust, time);
    }

    @Benchmark
    public Verification<VerifiedSnpCollateral> collateralOnly() {
        return VerifiedSnpCollateral.verify(collateral, trust, time);
    }
}
