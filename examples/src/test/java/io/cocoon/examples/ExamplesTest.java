package io.cocoon.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import picocli.CommandLine;

/** Every example runs, and its decisive line says what its header promises. */
@Timeout(180)
class ExamplesTest {

    private interface Example {
        void run(PrintStream out) throws Exception;
    }

    private static String output(Example example) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8)) {
            example.run(out);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Test
    void should_charge_a_cancelled_answer_for_what_was_used() throws Exception {
        assertThat(output(CancelAndSeeTheBill::run))
                .containsPattern("Cancelled after 5 words: charged 0\\.0\\d+ TON, CONFIRMED; the worker stopped\\.");
    }

    @Test
    void should_say_what_is_known_when_a_proxy_dies_and_go_on_at_another() throws Exception {
        assertThat(output(ProxyDiesMidStream::run))
                .contains("Next: ")
                .contains("Known of its bill: ")
                .contains("Asked again, answered by another proxy: true");
    }

    @Test
    void should_refuse_an_outdated_platform_unless_it_is_tolerated_by_name() throws Exception {
        assertThat(output(RefuseOutdatedPlatform::run))
                .contains("Up to date: answered by a TDX machine")
                .containsPattern("Out of date: REFUSED\\. .*TCB_STATUS")
                .contains("tolerated by name: answered by a TDX machine");
    }

    @Test
    void should_get_everything_back_that_was_not_spent() throws Exception {
        String text = output(CloseChannelAndWithdraw::run);
        assertThat(text)
                .contains("Exit plan for client contract")
                .contains("Withdraw: withdrew 15 TON")
                .containsPattern("Close: 9\\.\\d+ TON come back")
                .contains("of 25 TON were spent; channels left: 0");
    }

    @Test
    void should_recover_everything_from_the_key_alone() throws Exception {
        assertThat(output(RecoverFundsFromKey::run)).containsPattern("Recovered: \\[24\\.\\d+ TON come back");
    }

    @Test
    void should_lend_idle_slots_only() throws Exception {
        assertThat(output(EmbedWorkerInGpuService::run))
                .contains("\nBusy: proxy ")
                .contains("Idle again: The GPU says: 13 characters.");
    }

    @Test
    void should_answer_with_an_engine_of_ones_own() throws Exception {
        assertThat(output(EmbeddedWorker::run)).contains("DOES ANYBODY HEAR ME?");
    }

    @Test
    void should_keep_chatting_in_one_channel_and_settle_at_the_end_of_the_input() {
        StringWriter out = new StringWriter();
        CommandLine line = Running.commandLine(new Quickstart(
                new ByteArrayInputStream("What is Cocoon?\n\n/bill\n/what\nWhat is the capital of France?\n/bill\n"
                        .getBytes(StandardCharsets.UTF_8))));
        line.setOut(new PrintWriter(out));

        assertThat(line.execute("--interactive")).isEqualTo(Running.FINE);

        String text = out.toString();
        assertThat(text)
                .contains("1 answer, ")
                .contains("2 answers, ")
                .contains("/bill shows what it cost")
                .contains("(end of input)")
                .contains("Next: ");
        // The second question went out with the first and its answer, so that more was read for it.
        assertThat(text).containsPattern("(?s)1[0-9] tokens read, .*[4-9][0-9] tokens read, ");
        assertThat(text.split("come back; the contract is closed", -1)).hasSize(2);
    }
}
