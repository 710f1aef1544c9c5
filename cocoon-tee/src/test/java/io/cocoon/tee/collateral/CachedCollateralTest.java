package io.cocoon.tee.collateral;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cocoon.tee.TurnedClock;
import io.cocoon.tee.sevsnp.SnpCollateral;
import io.cocoon.tee.sevsnp.SnpProduct;
import io.cocoon.tee.tdx.TdxCollateral;
import io.cocoon.tl.Bytes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CachedCollateralTest {

    private static final Instant START = Instant.parse("2026-11-01T00:00:00Z");

    @TempDir
    Path top;

    private final TurnedClock time = new TurnedClock(START);
    private final Source source = new Source();
    private final ScheduledThreadPoolExecutor none = new ScheduledThreadPoolExecutor(1);
    private CachedCollateral cache = build();

    /** Answers at once, later, or not, and counts. */
    private static final class Source implements CollateralSource {
        int asked;
        CompletableFuture<TdxCollateral> answer = CompletableFuture.completedFuture(Sets.tdx());

        @Override
        public CompletionStage<TdxCollateral> tdx(Fmspc fmspc, PckCa ca, boolean sgx) {
            asked++;
            return answer;
        }

        @Override
        public CompletionStage<SnpCollateral> snp(SnpProduct product, boolean vlek) {
            asked++;
            return CompletableFuture.completedFuture(Sets.snp());
        }

        void fail() {
            answer = CompletableFuture.failedFuture(new CollateralException(
                    CollateralException.Reason.UNREACHABLE, "asking", "nothing", "an answer", "wait"));
        }
    }

    /** Works on the calling thread; waiting work is started by the tests through look(). */
    private Workers direct() {
        return new Workers(none) {
            @Override
            public void execute(Runnable work) {
                work.run();
            }

            @Override
            void later(Duration after, Runnable work) {}
        };
    }

    private CachedCollateral build() {
        return CachedCollateral.builder(source)
                .trust(Sets.trust())
                .clock(time)
                .workers(direct())
                .build();
    }

    @BeforeEach
    void useDirectory() {
        cache = CachedCollateral.builder(source)
                .trust(Sets.trust())
                .clock(time)
                .directory(top)
                .workers(direct())
                .build();
    }

    @AfterEach
    void end() {
        none.shutdownNow();
    }

    private CompletableFuture<TdxCollateral> ask() {
        return cache.tdx(Sets.FMSPC, PckCa.PLATFORM, false).toCompletableFuture();
    }

    private CollateralException.Reason refused() {
        try {
            ask().get();
            throw new AssertionError("not refused");
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        } catch (ExecutionException e) {
            return ((CollateralException) Objects.requireNonNull(e.getCause())).reason();
        }
    }

    @Test
    void should_ask_the_source_once_for_many_who_wait() throws Exception {
        source.answer = new CompletableFuture<>();
        List<CompletableFuture<TdxCollateral>> waiting = List.of(ask(), ask(), ask());
        waiting.get(0).cancel(true);
        source.answer.complete(Sets.tdx());
        assertThat(waiting.get(2).get()).isEqualTo(Sets.tdx());
        assertThat(source.asked).isEqualTo(1);
    }

    @Test
    void t11_should_give_out_the_held_set_while_the_service_is_slow_or_gone() throws Exception {
        ask().get();
        time.now = START.plus(Duration.ofHours(2));
        source.answer = new CompletableFuture<>();
        assertThat(ask()).isDone();
        assertThat(source.asked).isEqualTo(2);
        source.answer.completeExceptionally(new IllegalStateException("gone"));
        time.now = START.plus(Duration.ofDays(3));
        source.fail();
        assertThat(ask().get()).isEqualTo(Sets.tdx());
    }

    @Test
    void should_never_give_out_a_set_after_its_signed_validity() throws Exception {
        ask().get();
        source.fail();
        time.now = Instant.parse("2026-11-14T00:00:00Z").minusSeconds(1);
        assertThat(ask().get()).isEqualTo(Sets.tdx());
        time.now = Instant.parse("2026-11-14T00:00:00Z").plusSeconds(1);
        assertThat(refused()).isEqualTo(CollateralException.Reason.UNREACHABLE);
    }

    @Test
    void should_refresh_in_the_background_without_being_asked() throws Exception {
        ask().get();
        cache.look();
        assertThat(source.asked).isEqualTo(1);
        time.now = START.plus(Duration.ofHours(1));
        cache.look();
        assertThat(source.asked).isEqualTo(2);
    }

    @Test
    void should_pause_after_a_failure_and_say_until_when() {
        source.fail();
        refused();
        refused();
        assertThat(source.asked).isEqualTo(1);
        time.now = START.plus(Duration.ofMinutes(2));
        refused();
        assertThat(source.asked).isEqualTo(2);
    }

    @Test
    void d7_should_not_keep_a_set_under_another_root() {
        CachedCollateral production =
                CachedCollateral.builder(source).clock(time).workers(direct()).build();
        assertThatThrownBy(() -> production
                        .tdx(Sets.FMSPC, PckCa.PLATFORM, false)
                        .toCompletableFuture()
                        .get())
                .hasMessageContaining("pinned Intel root");
        assertThatThrownBy(() -> production
                        .snp(SnpProduct.GENOA, false)
                        .toCompletableFuture()
                        .get())
                .hasMessageContaining("pinned root of Genoa");
    }

    @Test
    void d17_should_keep_the_good_set_when_the_source_sends_garbage() throws Exception {
        ask().get();
        TdxCollateral good = Sets.tdx();
        source.answer = CompletableFuture.completedFuture(new TdxCollateral(
                good.pckCrlIssuerChain(),
                good.rootCaCrl(),
                Bytes.utf8("<html>"),
                good.tcbInfoIssuerChain(),
                good.tcbInfo(),
                good.tcbInfoSignature(),
                good.qeIdentityIssuerChain(),
                good.qeIdentity(),
                good.qeIdentitySignature()));
        time.now = START.plus(Duration.ofDays(2));
        assertThat(ask().get()).isEqualTo(good);
    }

    @Test
    void t25_should_say_that_the_clock_is_behind_when_a_set_comes_from_the_future() {
        time.now = Instant.parse("2026-10-19T00:00:00Z");
        assertThat(refused()).isEqualTo(CollateralException.Reason.OUT_OF_TIME);
    }

    @Test
    void t25_should_get_a_set_anew_when_the_clock_went_back() throws Exception {
        ask().get();
        time.now = START.minus(Duration.ofDays(1));
        assertThat(ask().get()).isEqualTo(Sets.tdx());
        assertThat(source.asked).isEqualTo(2);
    }

    @Test
    void should_notice_an_older_evaluation_or_an_older_list() {
        Genuine.Facts held = new Genuine.Facts(List.of(START, START), START, List.of(18, 18));
        assertThat(new Genuine.Facts(List.of(START, START), START, List.of(18, 19)).followsUpon(held))
                .isTrue();
        assertThat(new Genuine.Facts(List.of(START, START), START, List.of(17, 18)).followsUpon(held))
                .isFalse();
        assertThat(new Genuine.Facts(List.of(START, START.minusSeconds(1)), START, List.of(18, 18)).followsUpon(held))
                .isFalse();
    }

    @Test
    void should_find_its_sets_again_after_a_restart_and_take_a_broken_file_for_none() throws Exception {
        ask().get();
        cache.snp(SnpProduct.GENOA, false).toCompletableFuture().get();
        assertThat(source.asked).isEqualTo(2);
        useDirectory();
        assertThat(ask().get()).isEqualTo(Sets.tdx());
        assertThat(cache.snp(SnpProduct.GENOA, false).toCompletableFuture().get())
                .isEqualTo(Sets.snp());
        assertThat(source.asked).isEqualTo(2);
        Path file = top.resolve("tdx-f0c056101765-platform.v1.json");
        Files.write(file, java.util.Arrays.copyOf(Files.readAllBytes(file), 999));
        useDirectory();
        assertThat(ask().get()).isEqualTo(Sets.tdx());
        assertThat(source.asked).isEqualTo(3);
    }

    @Test
    void should_fail_those_who_wait_when_it_is_closed() {
        source.answer = new CompletableFuture<>();
        CompletableFuture<TdxCollateral> waiting = ask();
        cache.close();
        assertThat(waiting).isCompletedExceptionally();
        assertThat(refused()).isEqualTo(CollateralException.Reason.CLOSED);
    }
}
