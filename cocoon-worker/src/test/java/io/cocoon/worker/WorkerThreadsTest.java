package io.cocoon.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.cocoon.store.StateFile;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

@Isolated("looks at the threads of the whole process")
@Timeout(120)
class WorkerThreadsTest {

    @TempDir
    Path folder;

    private static long moneyThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("cocoon-worker-money"))
                .count();
    }

    @Test
    void should_leave_everything_on_the_disk_and_no_thread() throws Exception {
        Path state = folder.resolve("state");
        try (WorkerFixture fixture =
                new WorkerFixture(DemoEngine.create(Duration.ZERO), builder -> builder.state(state))) {
            fixture.proxy.signed = 10;
            fixture.proxy.database = 20;
            fixture.proxy.finished = 30;
            fixture.ready();
            await().atMost(Duration.ofSeconds(30)).until(() -> moneyThreads() == 1);
        }
        assertThat(moneyThreads()).isZero();
        assertThat(ProxyRecordCodec.read(new StateFile(state.resolve("worker-earnings.state"))
                        .load()
                        .orElseThrow()))
                .singleElement()
                .satisfies(each -> assertThat(each.totals().max()).isEqualTo(30));
    }
}
