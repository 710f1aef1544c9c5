package io.cocoon.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.client.Diagnosis;
import io.cocoon.client.Diagnosis.Check;
import io.cocoon.client.Diagnosis.Outcome;
import io.cocoon.client.Diagnosis.Severity;
import io.cocoon.payment.Nanoton;
import io.cocoon.tee.collateral.CollateralSource;
import io.cocoon.tee.collateral.Fmspc;
import io.cocoon.tee.collateral.MemoryCollateral;
import io.cocoon.tee.collateral.PckCa;
import io.cocoon.tee.collateral.TdxCollateralJson;
import io.cocoon.tee.policy.AttestationPolicy;
import io.cocoon.tee.policy.TrustAnchors;
import io.cocoon.tee.sevsnp.SnpTrust;
import io.cocoon.tee.tdx.TdxQuote;
import io.cocoon.tee.tdx.TdxTrust;
import io.cocoon.testdata.TestData;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.chain.ChainException;
import io.cocoon.ton.chain.ClientContractState;
import io.cocoon.ton.chain.CocoonChain;
import io.cocoon.ton.chain.FakeTonChain;
import io.cocoon.ton.chain.FakeTonConfig;
import io.cocoon.ton.chain.RootState;
import io.cocoon.ton.chain.WorkerContractState;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a worker's owner is told, each finding beside the case without it. */
@Timeout(120)
class WorkerDoctorTest {

    private static final Instant NOW = Instant.parse("2026-11-01T12:00:00Z");
    private static final Clock CLOCK = Clock.fixed(NOW, ZoneOffset.UTC);
    private static final Address OWNER = new Address(0, Int256.fromHex("00".repeat(31) + "02"));
    private static final TdxTrust ROOT =
            TdxTrust.ofCertificate(Bytes.wrapUnshared(TestData.bytes("tdx/roots/synthetic-a-root.der")));
    private static final TrustAnchors ANCHORS = TrustAnchors.forTestsOnly("our synthetic root", ROOT, SnpTrust.amd());
    private static final Int256 OTHER = Int256.fromHex("ab".repeat(32));

    @TempDir
    private Path folder;

    /** A chain that says it is a real one: the file's states, not its mode. */
    private record Real(FakeTonChain file, boolean test, Instant rootSeenAt) implements CocoonChain {
        @Override
        public String describe() {
            return "a chain of a test";
        }

        @Override
        public boolean isTestnet() {
            return false;
        }

        @Override
        public boolean isSimulated() {
            return false;
        }

        @Override
        public RootState root() {
            RootState all = file.root();
            RootState.Params params = all.params();
            return new RootState(
                    all.root(),
                    all.owner(),
                    all.version(),
                    new RootState.Params(
                            params.structVersion(),
                            params.version(),
                            params.uniqueId(),
                            test,
                            params.prices(),
                            params.proxyDelayBeforeClose(),
                            params.clientDelayBeforeClose(),
                            params.minProxyStake(),
                            params.minClientStake(),
                            params.proxyCode(),
                            params.workerCode(),
                            params.clientCode()),
                    all.proxies(),
                    all.lastProxySeqno(),
                    all.proxyHashes(),
                    all.workerHashes(),
                    all.modelHashes(),
                    all.networkKeys(),
                    all.keyManager());
        }

        @Override
        public Runnable onRootChange(Consumer<RootState> listener) {
            return () -> {};
        }

        @Override
        public ClientContractState client(Address contract) {
            return ClientContractState.UNKNOWN;
        }

        @Override
        public WorkerContractState worker(Address contract) {
            return WorkerContractState.UNKNOWN;
        }

        @Override
        public CompletionStage<Void> refresh(Address contract) {
            return CompletableFuture.failedStage(new ChainException(ChainException.Reason.UNREACHABLE, "a test"));
        }

        @Override
        public void close() {
            file.close();
        }
    }

    private static CocoonChain chain(Set<Int256> workers, Set<Int256> models, Duration age) {
        FakeTonConfig config = FakeTonConfig.defaults().withAllowed(Set.of(), workers, models);
        return new Real(FakeTonChain.of(config, OWNER, false), false, NOW.minus(age));
    }

    private static WorkerDoctor doctor(CocoonChain chain) {
        return new WorkerDoctor(
                chain,
                CLOCK,
                ANCHORS,
                AttestationPolicy.builder("as-a-proxy")
                        .allowTdx()
                        .anyImage()
                        .collateralRoots(List.of(ROOT.rootHash()))
                        .build());
    }

    private static Check check(Diagnosis diagnosis, String name) {
        return diagnosis.checks().stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no check " + name + " in\n" + diagnosis));
    }

    @Test
    void should_compare_the_own_image_with_the_list_and_say_which_side_is_stale() {
        Int256 mine = OTHER;
        Check listed = check(
                doctor(chain(Set.of(mine), Set.of(), Duration.ZERO))
                        .lists(mine, null)
                        .diagnosis(),
                "image");
        assertThat(listed.outcome()).isEqualTo(Outcome.PASSED);

        Check mineIsStale = check(
                doctor(chain(Set.of(), Set.of(), Duration.ZERO))
                        .lists(mine, null)
                        .diagnosis(),
                "image");
        assertThat(mineIsStale.severity()).isEqualTo(Severity.CRITICAL);
        assertThat(mineIsStale.seen()).contains("it is your image that is stale");
        assertThat(mineIsStale.fix()).contains("listed image");

        Diagnosis old = doctor(chain(Set.of(), Set.of(), Duration.ofHours(5)))
                .lists(mine, null)
                .diagnosis();
        assertThat(check(old, "image").seen()).contains("5 h old", "our view of the list that is stale");
        assertThat(check(old, "chain").outcome()).isEqualTo(Outcome.FAILED);
    }

    @Test
    void should_count_an_image_that_nobody_knows_as_not_passed() {
        Check image = check(
                doctor(chain(Set.of(), Set.of(), Duration.ZERO))
                        .lists(null, null)
                        .diagnosis(),
                "image");
        assertThat(image.outcome()).isEqualTo(Outcome.UNKNOWN);
        assertThat(image.severity()).isEqualTo(Severity.CRITICAL);
        assertThat(image.seen()).contains("no --image-hash was given");
    }

    @Test
    void should_know_a_model_by_its_full_name_only() throws Exception {
        String name = "Qwen/Qwen3-8B@abc:def";
        Int256 hash = Int256.of(java.security.MessageDigest.getInstance("SHA-256")
                .digest(name.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
        CocoonChain chain = chain(Set.of(OTHER), Set.of(hash), Duration.ZERO);
        assertThat(check(doctor(chain).lists(OTHER, name).diagnosis(), "model").outcome())
                .isEqualTo(Outcome.PASSED);
        Check other = check(doctor(chain).lists(OTHER, "Qwen/Qwen3-8B").diagnosis(), "model");
        assertThat(other.severity()).isEqualTo(Severity.CRITICAL);
        assertThat(other.fix()).contains("full name");
    }

    @Test
    void should_verify_a_quote_and_say_how_old_its_firmware_is() throws Exception {
        Bytes quote = Bytes.wrapUnshared(TestData.bytes("tdx/quotes/synthetic/base.bin"));
        CocoonChain chain = chain(Set.of(TdxQuote.parse(quote).imageHash()), Set.of(), Duration.ZERO);
        WorkerDoctor doctor = doctor(chain);
        doctor.verify(quote, collateral());
        assertThat(check(doctor.diagnosis(), "evidence").outcome())
                .as(doctor.diagnosis().toString())
                .isEqualTo(Outcome.PASSED);
        assertThat(check(doctor.diagnosis(), "tcb").seen()).contains("days old");
    }

    @Test
    void should_refuse_a_quote_of_an_outdated_platform_and_one_without_collateral() throws Exception {
        Bytes outdated = Bytes.wrapUnshared(TestData.bytes("tdx/quotes/synthetic/status-out-of-date.bin"));
        WorkerDoctor doctor = doctor(chain(Set.of(), Set.of(), Duration.ZERO));
        doctor.verify(outdated, collateral());
        Check evidence = check(doctor.diagnosis(), "evidence");
        assertThat(evidence.outcome()).isEqualTo(Outcome.FAILED);
        assertThat(evidence.seen()).contains("TCB_STATUS", "OutOfDate");

        WorkerDoctor alone = doctor(chain(Set.of(), Set.of(), Duration.ZERO));
        alone.verify(outdated, MemoryCollateral.builder().build());
        assertThat(check(alone.diagnosis(), "evidence").outcome()).isEqualTo(Outcome.UNKNOWN);
        assertThat(alone.diagnosis().worst()).isEqualTo(Severity.CRITICAL);
    }

    private static CollateralSource collateral() throws Exception {
        return MemoryCollateral.builder()
                .tdx(
                        Fmspc.fromHex("f0c056101765"),
                        PckCa.PLATFORM,
                        false,
                        TdxCollateralJson.parse(
                                Bytes.wrapUnshared(TestData.bytes("tdx/collateral/synthetic/base.json"))))
                .build();
    }

    @Test
    void should_refuse_a_file_that_is_no_quote() throws IOException {
        Path file = Files.writeString(folder.resolve("quote.bin"), "no quote");
        Check evidence = check(
                doctor(chain(Set.of(), Set.of(), Duration.ZERO))
                        .quote(file, folder)
                        .diagnosis(),
                "evidence");
        assertThat(evidence.outcome()).isEqualTo(Outcome.FAILED);
        assertThat(evidence.seen()).contains("is no TDX quote");
    }

    @Test
    void should_find_out_whether_the_model_can_be_served() throws IOException {
        WorkerDoctor missing = doctor(chain(Set.of(), Set.of(), Duration.ZERO)).engine(folder, null);
        assertThat(check(missing.diagnosis(), "engine").severity()).isEqualTo(Severity.CRITICAL);

        Path model = Path.of("src/main/resources/demonstration-model");
        WorkerDoctor there = doctor(chain(Set.of(), Set.of(), Duration.ZERO)).engine(model, null);
        assertThat(check(there.diagnosis(), "engine").outcome())
                .as(there.diagnosis().toString())
                .isEqualTo(Outcome.PASSED);

        int nobody;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            nobody = free.getLocalPort();
        }
        WorkerDoctor away =
                doctor(chain(Set.of(), Set.of(), Duration.ZERO)).engine(null, URI.create("http://127.0.0.1:" + nobody));
        assertThat(check(away.diagnosis(), "engine").seen()).contains("does not answer");
    }

    @Test
    void should_not_let_anybody_work_for_nothing() {
        FakeTonConfig free = FakeTonConfig.defaults().withPrices(new Nanoton(5), Nanoton.ZERO);
        CocoonChain chain = new Real(FakeTonChain.of(free, OWNER, false), true, NOW);
        assertThat(check(doctor(chain).diagnosis(), "root.prices").severity()).isEqualTo(Severity.CRITICAL);
        assertThat(check(doctor(chain(Set.of(), Set.of(), Duration.ZERO)).diagnosis(), "root.prices")
                        .outcome())
                .isEqualTo(Outcome.PASSED);
    }
}
