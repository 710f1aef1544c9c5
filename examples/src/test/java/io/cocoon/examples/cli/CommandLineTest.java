package io.cocoon.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.examples.Running;
import io.cocoon.tee.policy.EvidenceBundle;
import io.cocoon.testdata.TestData;
import io.cocoon.ton.cell.Address;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.RandomAccessFile;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** What scripts and people rely on: exit codes, and messages that say what to do. */
@Timeout(180)
class CommandLineTest {

    private static final String OWNER = "UQAuz15H1ZHrZ_psVrAra7HealMIVeFq0wguqlmFno1f3B-m";

    @TempDir
    private Path folder;

    private record Result(int code, String out, String err) {}

    private static Result run(String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine line = Cocoon.line();
        line.setOut(new PrintWriter(out));
        line.setErr(new PrintWriter(err));
        return new Result(line.execute(args), out.toString(), err.toString());
    }

    private static void refused(Result result, String... words) {
        assertThat(result.code()).as(result.toString()).isEqualTo(Running.COULD_NOT_TELL);
        assertThat(result.err()).contains(words).doesNotContain("Exception", "\tat ");
    }

    private String key() {
        Path file = folder.resolve("node.key");
        assertThat(run("wallet", "create", file.toString(), "--owner", OWNER).code())
                .isEqualTo(Running.FINE);
        return file.toString();
    }

    // ---- help

    @ParameterizedTest
    @ValueSource(
            strings = {
                "quickstart",
                "chat",
                "serve",
                "worker",
                "worker estimate",
                "proxy",
                "verify",
                "verify receipt",
                "wallet",
                "wallet create",
                "channel",
                "channel close",
                "channel recover",
                "doctor"
            })
    void should_explain_every_command(String command) {
        String[] words = (command + " --help").split(" ");
        Result help = run(words);
        assertThat(help.code()).isEqualTo(Running.FINE);
        assertThat(help.out()).contains("Usage: cocoon " + command);
    }

    @Test
    void should_say_what_there_is_and_what_the_codes_mean() {
        assertThat(run().out()).contains("doctor", "No money is needed to try it", "130 stopped with Ctrl-C");
    }

    @Test
    void should_refuse_what_it_does_not_know() {
        refused(run("chatt"), "chatt");
        refused(run("chat", "--nonsense"), "--nonsense");
        refused(run("wallet", "create", folder.resolve("x").toString()), "--owner");
    }

    @Test
    void should_say_what_is_wrong_with_an_option() throws IOException {
        Path large = Files.write(folder.resolve("large"), new byte[1 << 20]);
        Files.setPosixFilePermissions(large, PosixFilePermissions.fromString("rw-------"));

        Path report = Files.write(
                folder.resolve("report.bin"), TestData.bytes("sev-snp/2026/synthetic/ok-milan-v3.report.bin"));
        Path huge = folder.resolve("huge");
        try (RandomAccessFile file = new RandomAccessFile(huge.toFile(), "rw")) {
            file.setLength(EvidenceBundle.MAX_BYTES + 1L);
        }

        refused(run("verify"), "FILE or HOST:PORT");
        refused(run("verify", large.toString()), "is no quote", "no bundle");
        refused(run("verify", report.toString()), "could not tell", "--endorsement FILE");
        refused(run("verify", huge.toString()), "could not tell", "wanted at most");
        refused(run("quickstart", "--model-folder", "no/such"), "no/such does not exist", "GGUF");
        refused(
                run("worker", "estimate", "--prices-of-april-2026", "--answer-tokens", "0"),
                "--answer-tokens is 1 or more");
        refused(run("worker", "--network", "fake-ton.json", "--price-factor", "x"), "--price-factor");
        refused(run("worker", "--network", "none.json", "--model-folder", "x"), "there is no file none.json");
        refused(run("worker", "--model-folder", "x"), "--model is missing");
        refused(run("worker", "--model", "m@1:a", "--model-folder", "x"), "no key was given");
        refused(
                run("worker", "--network", "test", "--model", "m@1:a=x", "--model", "m@2:b=y"),
                "--model m@2:b: another one is named m too");
        refused(
                run("doctor", "--network", "fake-ton.json", "--worker", "--image-hash", "zz"),
                "64 hexadecimal digits, got 'zz'");
        refused(run("chat", "--network", "fake-ton.json", "--model", "m", "--whole"), "give it as an argument");
        refused(run("chat", "--network", "test", "--limit", "abc", "Hello?"), "--limit", "2.5");
        refused(run("wallet", "address", "--key-file", large.toString()), "is no key file: it has 1048576 bytes");
        refused(
                run("serve", "--network", "test", "--caller-keys", large.toString()),
                "1048576 bytes; wanted at most 65536");
        refused(run("serve", "--network", "test", "--host", "0.0.0.0"), "--caller-keys");
    }

    @Test
    void should_ask_for_keys_and_limits_before_it_goes_to_the_network() throws IOException {
        String owner = "0:" + "11".repeat(32);
        String wallet = folder.resolve("wallet.key").toString();
        String machine = folder.resolve("machine.key").toString();
        run("wallet", "create", wallet, "--owner", owner);

        for (String[] command : new String[][] {
            {"chat", "Hello?"}, {"serve"}, {"channel", "list"}, {"channel", "plan"}, {"doctor"}, {"proxy"}
        }) {
            refused(run(command), "no key was given", "cocoon wallet create");
        }
        refused(run("chat", "--key-file", wallet, "Hello?"), "how much may be deposited", "--limit 20");
        refused(run("serve", "--key-file", wallet), "how much may be deposited");
        refused(
                run("proxy", "--key-file", wallet),
                "--machine-key-file is missing",
                "cocoon wallet create",
                Address.parse(owner).toText(false));
        refused(run("proxy", "--key-file", wallet, "--machine-key-file", wallet), "has the wallet's key");
        refused(run("proxy", "--key-file", wallet, "--machine-key-file", machine), "there is no file", "machine.key");
    }

    // ---- receipts

    @Test
    void should_refuse_what_is_no_receipt() throws IOException {
        Path file = Files.writeString(folder.resolve("r.json"), "{}");
        refused(run("verify", "receipt", file.toString()), "could not tell", "$.format is missing");
        refused(run("verify", "receipt", folder.resolve("none").toString()), "could not tell", "there is no file");
    }

    // ---- keys

    @Test
    void should_make_a_key_that_only_its_owner_can_read_and_never_overwrite_it() throws IOException {
        Path file = Path.of(key());
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");

        refused(run("wallet", "create", file.toString(), "--owner", OWNER), "is there already");
        Result address = run("wallet", "address", "--key-file", file.toString());
        assertThat(address.out()).contains("owner  " + OWNER).doesNotContain(secret(file));
    }

    private static String secret(Path file) throws IOException {
        return Files.readAllLines(file).stream()
                .filter(line -> line.startsWith("key="))
                .findFirst()
                .orElseThrow()
                .substring(4);
    }

    @Test
    void should_print_the_secret_only_by_an_option_that_nobody_types_by_accident() throws IOException {
        String file = key();
        refused(
                run("wallet", "export", "--key-file", file),
                "--print-the-secret-key-so-that-whoever-sees-it-can-spend");

        Result sure =
                run("wallet", "export", "--key-file", file, "--print-the-secret-key-so-that-whoever-sees-it-can-spend");
        assertThat(sure.out()).contains(secret(Path.of(file)));
    }

    @Test
    void should_refuse_keys_that_others_can_read_or_that_are_none() throws IOException {
        Path file = Path.of(key());
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        refused(run("wallet", "address", "--key-file", file.toString()), "chmod 600");

        refused(
                run("wallet", "address", "--key-file", folder.resolve("no.key").toString()),
                "there is no file",
                "wallet create");
        refused(wrongKey("key=AAAA\nowner=" + OWNER), "base64 of 32 bytes, this one has 3 bytes");
        refused(wrongKey("key=%%%\nowner=" + OWNER), "not base64");
        refused(wrongKey("owner=" + OWNER), "lacks its key");
        refused(wrongKey("{\"secretinhere\": 1}"), "line 1");
        assertThat(wrongKey("secretinhere").err()).doesNotContain("secretinhere");
        refused(run("wallet", "address"), "no key was given", "--network test");
        refused(run("wallet", "create", folder.resolve("y").toString(), "--owner", "me"), "--owner is no TON address");
    }

    private Result wrongKey(String content) throws IOException {
        Path file = Files.createTempFile(folder, "wrong", ".key");
        Files.writeString(file, content);
        return run("wallet", "address", "--key-file", file.toString());
    }

    @Test
    void should_say_how_to_fund_a_wallet_of_the_main_network() {
        refused(run("wallet", "fund", "--key-file", key()), "Send TON to UQ");
    }

    // ---- networks that are not there

    @Test
    void should_say_what_networks_there_are() {
        refused(run("chat", "--network", "nonsense", "Hello?"), "there is no file nonsense", "fake-TON file");
        refused(run("channel", "list", "--network", "fake-ton.json"), "no chain");
    }

    @Test
    void should_say_that_nobody_listens_and_which_way_to_look() throws IOException {
        int nobody;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            nobody = free.getLocalPort();
        }
        Result chat =
                run("chat", "--network", "fake-ton.json", "--proxy", "127.0.0.1:" + nobody, "--model", "m", "Hello?");
        assertThat(chat.code()).isEqualTo(Running.FAILED);
        assertThat(chat.err()).contains("Capacity: no proxy was ready", "127.0.0.1:" + nobody, "Next: ");

        Result doctor = run("doctor", "--network", "fake-ton.json", "--proxy", "127.0.0.1:" + nobody);
        assertThat(doctor.code()).isEqualTo(Running.FAILED);
        assertThat(doctor.out()).contains("CRITICAL proxy 127.0.0.1:" + nobody, "fix: ");

        refused(
                run("chat", "--network", "fake-ton.json", "--proxy", "nowhere", "Hello?"),
                "--proxy",
                "127.0.0.1:11002");
    }

    @Test
    void should_say_which_port_is_taken() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = "127.0.0.1:" + taken.getLocalPort();
            Result proxy = run("proxy", "--network", "fake-ton.json", "--workers", port, "--clients", "127.0.0.1:0");
            assertThat(proxy.code()).as(proxy.toString()).isIn(Running.FAILED, Running.COULD_NOT_TELL);
            assertThat(proxy.err()).contains(String.valueOf(taken.getLocalPort()));
        }
    }

    @Test
    void should_say_what_a_worker_lacks() {
        refused(
                run("worker", "--network", "fake-ton.json", "--model-folder", "no/such/folder"),
                "there is no file no/such/folder");
        refused(
                run("worker", "--network", "test", "--model-folder", "x", "--upstream", "http://127.0.0.1:1"),
                "exclude each other");
        refused(
                run("worker", "--network", "fake-ton.json", "--machine-description", "H100", "--model-folder", "x"),
                "a machine description is a JSON object");
    }

    @Test
    void should_say_what_is_wrong_with_several_models_before_it_loads_one() {
        refused(
                run("worker", "--network", "test", "--model", "a=x", "--model", "b"),
                "--model NAME=PATH",
                "got --model b");
        refused(
                run("worker", "--network", "test", "--model", "a", "--model", "b"),
                "--model NAME=PATH",
                "got --model a");
        refused(
                run("worker", "--network", "test", "--model", "a=x", "--model", "a=y"),
                "--model a: another one is named a too");
        refused(run("worker", "--network", "test", "--model", "=x"), "got --model =x");
        refused(
                run("worker", "--network", "test", "--model", "a=x", "--model-folder", "y"),
                "--model NAME=PATH excludes --model-folder");
        refused(
                run("worker", "--network", "test", "--model", "a=no/such", "--model", "b=y"),
                "no/such; wanted a model");
    }

    // ---- what a worker could earn

    @Test
    void should_state_every_assumption_of_an_estimate() {
        Result estimate = run("worker", "estimate", "--tokens-per-second", "1000", "--prices-of-april-2026");
        assertThat(estimate.code()).isEqualTo(Running.FINE);
        assertThat(estimate.out())
                .contains("2900 adjusted tokens", "as you say", "30 % of the day", "the main network in April 2026")
                .contains("86400 requests");
        refused(run("worker", "estimate", "--tokens-per-second", "0", "--prices-of-april-2026"), "above 0");
        refused(
                run("worker", "estimate", "--tokens-per-second", "9", "--prices-of-april-2026", "--utilisation", "2"),
                "0 to 1");
    }

    // ---- on a network in this JVM

    @Test
    void should_ask_and_show_the_bill_without_any_money() {
        Result chat = run("chat", "--network", "test", "What is the capital of France?");
        assertThat(chat.code()).as(chat.toString()).isEqualTo(Running.FINE);
        assertThat(chat.out())
                .contains(
                        "SIMULATED",
                        "Exit plan for client contract",
                        "The capital of France is Paris.",
                        "confirmed by");
    }

    @Test
    void should_serve_openais_api_and_say_how_to_use_it() throws IOException {
        Result serve = run("serve", "--network", "test", "--port", "0", "--for", "1");
        assertThat(serve.code()).as(serve.toString()).isEqualTo(Running.FINE);
        assertThat(serve.out())
                .contains("export OPENAI_BASE_URL=http://127.0.0.1:", "Every program of this machine can spend");

        Path keys = Files.writeString(folder.resolve("callers"), "secretinhere\n");
        Files.setPosixFilePermissions(keys, PosixFilePermissions.fromString("rw-r--r--"));
        refused(run("serve", "--network", "test", "--port", "0", "--caller-keys", keys.toString()), "chmod 600");
        Files.setPosixFilePermissions(keys, PosixFilePermissions.fromString("rw-------"));
        Result wrong = run("serve", "--network", "test", "--port", "0", "--caller-keys", keys.toString());
        refused(wrong, "line 1: wanted NAME=KEY");
        refused(run("serve", "--network", "test", "--host", "0.0.0.0"), "--caller-keys FILE");
        assertThat(wrong.err()).doesNotContain("secretinhere");
    }

    @Test
    void should_find_a_test_network_healthy_and_a_low_limit_critical() {
        Result fine = run("doctor", "--network", "test");
        assertThat(fine.code()).as(fine.toString()).isEqualTo(Running.FINE);
        assertThat(fine.out()).contains("a channel would be opened now");

        Result low = run("doctor", "--network", "test", "--limit", "3");
        assertThat(low.code()).isEqualTo(Running.FAILED);
        assertThat(low.out()).contains("fix: raise the limit to 5 TON");

        Result warned = run("doctor", "--network", "test", "--worker");
        assertThat(warned.code()).isEqualTo(Running.WARNINGS);
        assertThat(warned.out()).contains("UNKNOWN  engine");
    }

    @Test
    void should_close_and_recover_channels() {
        assertThat(run("channel", "close", "--network", "test").out()).contains("5 TON come back");
        Result recovered = run("channel", "recover", "--run", "--network", "test", "--key-file", key());
        assertThat(recovered.code()).as(recovered.toString()).isEqualTo(Running.FINE);
        assertThat(recovered.out()).contains("its folder is lost now", "5 TON come back");
    }

    @Test
    void should_serve_several_models_and_pay_for_them_together() throws IOException {
        TestData.copy("models", folder);

        Result worker = run(
                "worker",
                "--network",
                "test",
                "--model",
                "demo/one=" + folder.resolve("tiny-qwen3"),
                "--model",
                "demo/two=" + folder.resolve("tiny-llama3"));

        assertThat(worker.code()).as(worker.toString()).isEqualTo(Running.FINE);
        assertThat(worker.out())
                .contains("tiny-qwen3: QWEN3, 0.2 million parameters", "tiny-llama3: LLAMA, ")
                .contains("A client asks demo/one: ", "A client asks demo/two: ")
                .containsPattern("Payout through the contracts: \\d+\\.\\d+ TON paid out, 0 TON left")
                .containsPattern("demo/one:\\s+0 running, 1 answered, 0 failed")
                .containsPattern("demo/two:\\s+0 running, 1 answered, 0 failed");
    }

    @Test
    void should_pay_a_worker_that_tries_it() {
        Result worker = run("worker", "--network", "test");
        assertThat(worker.code()).as(worker.toString()).isEqualTo(Running.FINE);
        assertThat(worker.out()).containsPattern("Payout through the contracts: 0\\.\\d+ TON paid out, 0 TON left");
    }

    @Test
    void should_keep_the_contract_of_a_proxy_on_the_chain() {
        Result proxy = run(List.of(
                        "proxy",
                        "--network",
                        "test",
                        "--workers",
                        "127.0.0.1:0",
                        "--clients",
                        "127.0.0.1:0",
                        "--for",
                        "6",
                        "--status-seconds",
                        "5")
                .toArray(String[]::new));
        assertThat(proxy.code()).as(proxy.toString()).isEqualTo(Running.FINE);
        assertThat(proxy.out()).contains(": normal, ", "proxy serving");
    }
}
