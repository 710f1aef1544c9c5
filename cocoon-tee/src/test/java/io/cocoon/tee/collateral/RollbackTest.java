package io.cocoon.tee.collateral;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.tee.TurnedClock;
import io.cocoon.tee.collateral.CollateralException.Reason;
import io.cocoon.tee.sevsnp.SnpCollateral;
import io.cocoon.tee.sevsnp.SnpProduct;
import io.cocoon.tee.tdx.TdxCollateral;
import io.cocoon.tee.tdx.TdxSets;
import io.cocoon.tl.Bytes;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Old sets that are validly signed, chips' certificates, and peers that show platforms that they made up. */
class RollbackTest {

    private static final Instant START = Instant.parse("2026-11-01T00:00:00Z");
    private static final Bytes REPORT = Sets.data("ok-genoa-v3.report.bin");
    private static final Bytes VCEK = Sets.data("ok-genoa-v3.ek.der");
    private static final CollateralTrust TRUST =
            new CollateralTrust(TdxSets.trust(), Sets.trust().amd());

    @TempDir
    Path top;

    private final ScheduledThreadPoolExecutor none = new ScheduledThreadPoolExecutor(1);
    private final Source source = new Source();
    private final TurnedClock time = new TurnedClock(START);
    private CachedCollateral cache = cache(false);

    private static final class Source implements CollateralSource {
        TdxCollateral set = TdxSets.collateral(21, START);
        Bytes certificate = VCEK;
        int asked;
        int chips;

        @Override
        public CompletionStage<TdxCollateral> tdx(Fmspc fmspc, PckCa ca, boolean sgx) {
            asked++;
            return CompletableFuture.completedFuture(set);
        }

        @Override
        public CompletionStage<SnpCollateral> snp(SnpProduct product, boolean vlek) {
            return CompletableFuture.completedFuture(Sets.snp());
        }

        @Override
        public CompletionStage<Bytes> vcek(VcekRequest request) {
            chips++;
            return CompletableFuture.completedFuture(certificate);
        }
    }

    private CachedCollateral.Builder builder() {
        return CachedCollateral.builder(source).trust(TRUST).clock(time).workers(new Workers(none) {
            @Override
            public void execute(Runnable work) {
                work.run();
            }

            @Override
            void later(Duration after, Runnable work) {}
        });
    }

    private CachedCollateral cache(boolean onDisk) {
        return onDisk ? builder().directory(top).build() : builder().build();
    }

    @AfterEach
    void end() {
        none.shutdownNow();
    }

    private TdxCollateral ask() throws Exception {
        return cache.tdx(Sets.FMSPC, PckCa.PLATFORM, false)
                .toCompletableFuture()
                .get();
    }

    private static Reason refused(CompletionStage<?> stage) throws InterruptedException {
        try {
            stage.toCompletableFuture().get();
            throw new AssertionError("not refused");
        } catch (ExecutionException e) {
            return ((CollateralException) Objects.requireNonNull(e.getCause())).reason();
        }
    }

    private Reason refused() throws InterruptedException {
        return refused(cache.tdx(Sets.FMSPC, PckCa.PLATFORM, false));
    }

    @Test
    void should_remember_the_evaluation_within_the_process_without_a_directory() throws Exception {
        cache = cache(false);
        ask();
        time.now = START.plus(Duration.ofDays(2));
        source.set = TdxSets.collateral(20, time.now);
        assertThat(ask()).isEqualTo(TdxSets.collateral(21, START));
        time.now = START.plus(Duration.ofDays(40));
        source.set = TdxSets.collateral(20, time.now);
        assertThat(refused()).isEqualTo(Reason.ROLLED_BACK);
        source.set = TdxSets.collateral(21, time.now);
        time.now = time.now.plus(Duration.ofHours(3));
        assertThat(ask()).isEqualTo(source.set);
    }

    @Test
    void should_remember_the_evaluation_over_a_restart_even_of_a_set_that_has_expired() throws Exception {
        cache = cache(true);
        ask();
        cache = cache(true);
        time.now = START.plus(Duration.ofDays(40));
        source.set = TdxSets.collateral(20, time.now);
        assertThat(refused()).isEqualTo(Reason.ROLLED_BACK);
        cache = cache(false);
        assertThat(ask()).isEqualTo(source.set);
    }

    @Test
    void should_refuse_an_older_list_of_the_same_evaluation_after_a_restart() throws Exception {
        cache = cache(true);
        ask();
        cache = cache(true);
        time.now = START.plus(Duration.ofDays(2));
        source.set = TdxSets.collateral(21, START.minus(Duration.ofDays(1)));
        assertThat(ask()).isEqualTo(TdxSets.collateral(21, START));
    }

    @Test
    void should_refuse_the_first_set_below_the_floor_and_take_one_at_it() throws Exception {
        cache = builder().evaluationFloor(22).directory(top).build();
        assertThat(refused()).isEqualTo(Reason.ROLLED_BACK);
        source.set = TdxSets.collateral(22, START);
        time.now = START.plus(Duration.ofMinutes(2));
        assertThat(ask()).isEqualTo(source.set);
    }

    @Test
    void should_not_take_a_set_below_the_floor_from_the_directory() throws Exception {
        cache = cache(true);
        ask();
        cache = builder().evaluationFloor(22).directory(top).build();
        assertThat(refused()).isEqualTo(Reason.ROLLED_BACK);
    }

    @Test
    void should_not_keep_the_set_of_the_other_authority() throws Exception {
        assertThat(refused(cache.tdx(Sets.FMSPC, PckCa.PROCESSOR, false))).isEqualTo(Reason.NOT_GENUINE);
    }

    @Test
    void t11_should_not_let_made_up_platforms_use_up_the_vendors_quota() throws Exception {
        cache = builder().newPerMinute(2, 1).build();
        ask();
        assertThat(refused(cache.tdx(Fmspc.fromHex("000000000001"), PckCa.PLATFORM, false)))
                .isEqualTo(Reason.NOT_GENUINE);
        assertThat(refused(cache.tdx(Fmspc.fromHex("000000000002"), PckCa.PLATFORM, false)))
                .isEqualTo(Reason.BUSY);
        assertThat(source.asked).isEqualTo(2);
        time.now = START.plus(Duration.ofHours(2));
        assertThat(ask()).isEqualTo(source.set);
        assertThat(refused(cache.tdx(Fmspc.fromHex("000000000002"), PckCa.PLATFORM, false)))
                .isEqualTo(Reason.NOT_GENUINE);
        assertThat(source.asked).isEqualTo(4);
    }

    @Test
    void should_serve_at_once_when_the_minute_of_the_limit_is_over() throws Exception {
        cache = builder().newPerMinute(1, 1).build();
        refused(cache.tdx(Fmspc.fromHex("000000000001"), PckCa.PLATFORM, false));
        time.now = START.plusSeconds(59);
        assertThat(refused()).isEqualTo(Reason.BUSY);
        time.now = START.plusSeconds(60);
        assertThat(ask()).isEqualTo(source.set);
    }

    private static VcekRequest request() {
        return VcekRequest.forReport(SnpProduct.GENOA, REPORT);
    }

    private Bytes askChip() throws Exception {
        return cache.vcek(request()).toCompletableFuture().get();
    }

    @Test
    void should_ask_amd_once_for_the_certificate_of_a_chip_also_over_a_restart() throws Exception {
        cache = cache(true);
        assertThat(askChip()).isEqualTo(VCEK);
        assertThat(askChip()).isEqualTo(VCEK);
        cache = cache(true);
        time.now = START.plus(Duration.ofDays(20));
        assertThat(askChip()).isEqualTo(VCEK);
        cache.look();
        assertThat(source.chips).isEqualTo(1);
    }

    @Test
    void d17_should_not_keep_the_certificate_of_another_chip_or_a_page() throws Exception {
        source.certificate = Sets.data("ok-milan-v3.ek.der");
        assertThat(refused(cache.vcek(request()))).isEqualTo(Reason.NOT_GENUINE);
        time.now = START.plus(Duration.ofMinutes(2));
        source.certificate = Bytes.utf8("<html>");
        assertThat(refused(cache.vcek(request()))).isEqualTo(Reason.NOT_GENUINE);
        time.now = START.plus(Duration.ofMinutes(10));
        source.certificate = VCEK;
        assertThat(askChip()).isEqualTo(VCEK);
    }

    @Test
    void should_ask_amd_for_few_unknown_chips_a_minute() throws Exception {
        cache = builder().newPerMinute(1, 1).build();
        askChip();
        VcekRequest other = new VcekRequest(
                SnpProduct.GENOA, Bytes.fromHex("17".repeat(64)), request().reportedTcb());
        assertThat(refused(cache.vcek(other))).isEqualTo(Reason.BUSY);
        assertThat(source.chips).isEqualTo(1);
    }
}
