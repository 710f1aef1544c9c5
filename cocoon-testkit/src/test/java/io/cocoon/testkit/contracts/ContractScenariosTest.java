package io.cocoon.testkit.contracts;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.cocoon.crypto.Ed25519Key;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellBuilder;
import io.cocoon.ton.cell.CellException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What was recorded of the deployed contracts, step by step, on ours. */
class ContractScenariosTest {

    private static final JsonNode SCENARIOS = ContractWorld.VECTORS.path("contract_scenarios");
    /** Ours use less gas, so the worker account has to be a little poorer for its proxy to run out of it. */
    private static final long POORER = 107_000_000;

    static Stream<Arguments> scenarios() {
        return Stream.of(3, 4)
                .flatMap(version -> StreamSupport.stream(
                                SCENARIOS.path(version.toString()).spliterator(), false)
                        .map(scenario ->
                                Arguments.of(version, scenario.path("name").asText(), scenario)));
    }

    @Test
    void should_have_every_recorded_step() {
        for (String version : List.of("3", "4")) {
            int steps = 0;
            for (JsonNode scenario : SCENARIOS.path(version)) {
                steps += scenario.path("steps").size();
            }
            assertThat(steps).isEqualTo(125);
        }
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("scenarios")
    void should_behave_as_recorded(int structVersion, String name, JsonNode scenario) throws CellException {
        ContractWorld world = new ContractWorld(structVersion, scenario);
        assertThat(world.state()).isEqualTo(states(scenario.path("initial")));
        int number = 0;
        for (JsonNode step : scenario.path("steps")) {
            String which = name + ", step " + number + ": " + step.path("message");
            if (step.has("advance_seconds")) {
                world.chain.advance(step.path("advance_seconds").asLong());
            } else {
                boolean poorer = number == 0 && scenario.path("gas_dependent").asBoolean(false);
                long value = poorer ? POORER : step.path("value").asLong();
                List<ContractChain.Ran> ran = world.send(
                        step.path("from").asText(), step.path("to").asText(), value, body(world, step.path("message")));
                assertThat(seen(world, ran)).as(which).isEqualTo(wanted(step.path("transactions")));
                checkAmounts(step, ran, which);
                assertThat(world.state()).as(which).isEqualTo(states(step.path("after")));
            }
            number++;
        }
    }

    // ---- what was recorded and what was seen, as texts that can be compared

    private static Map<String, Map<String, String>> states(JsonNode recorded) {
        Map<String, Map<String, String>> states = new LinkedHashMap<>();
        recorded.fields().forEachRemaining(contract -> {
            Map<String, String> fields = new LinkedHashMap<>();
            contract.getValue()
                    .fields()
                    .forEachRemaining(field ->
                            fields.put(field.getKey(), time(field.getValue().asText())));
            states.put(contract.getKey(), fields);
        });
        return states;
    }

    private static String time(String text) {
        return text.startsWith("start+")
                ? Long.toString(ContractChain.START + Long.parseLong(text.substring("start+".length())))
                : text;
    }

    private static List<String> wanted(JsonNode transactions) {
        List<String> texts = new ArrayList<>();
        for (JsonNode transaction : transactions) {
            List<String> sends = new ArrayList<>();
            for (JsonNode send : transaction.path("sends")) {
                sends.add(send.path("op").asText() + " to " + send.path("to").asText()
                        + (send.path("bounce").asBoolean(false) ? " bounceable" : ""));
            }
            if (transaction.path("bounce_sent").asBoolean(false)) {
                sends.add("bounce");
            }
            texts.add(text(
                    transaction.path("from").asText(),
                    transaction.path("on").asText(),
                    transaction.has("compute_skipped")
                            ? "skipped"
                            : transaction.path("exit_code").asText(),
                    transaction.path("action_result").asInt(0),
                    transaction.path("aborted").asBoolean(false),
                    transaction.path("bounced").asBoolean(false),
                    sends));
        }
        return texts;
    }

    private static List<String> seen(ContractWorld world, List<ContractChain.Ran> ran) throws CellException {
        List<String> texts = new ArrayList<>();
        for (ContractChain.Ran one : ran) {
            List<String> sends = new ArrayList<>();
            for (ContractChain.Sent send : one.out()) {
                sends.add(
                        send.bounced()
                                ? "bounce"
                                : Ops.name(send.op()) + " to " + world.name(send.to())
                                        + (send.bounce() ? " bounceable" : ""));
            }
            texts.add(text(
                    world.name(one.in().from()),
                    world.name(one.in().to()),
                    one.computed() ? Integer.toString(one.exitCode()) : "skipped",
                    one.actionResult(),
                    one.aborted(),
                    one.in().bounced(),
                    sends));
        }
        return texts;
    }

    private static String text(
            String from, String on, String exit, int action, boolean aborted, boolean bounced, List<String> sends) {
        return from + " to " + on + ": exit " + exit + ", action " + action + (aborted ? ", aborted" : "")
                + (bounced ? ", bounced" : "") + ", sends " + sends;
    }

    /** Amounts that are exact have to be so; "rest" depends on gas, and mode 0 on the price of the message. */
    private static void checkAmounts(JsonNode step, List<ContractChain.Ran> ran, String which) {
        for (int i = 0; i < ran.size(); i++) {
            JsonNode sends = step.path("transactions").path(i).path("sends");
            for (int j = 0; j < sends.size(); j++) {
                String wanted = sends.path(j).path("value").asText();
                BigInteger value = ran.get(i).out().get(j).value();
                if (wanted.equals("top_up minus forward fee")) {
                    BigInteger topUp =
                            new BigInteger(step.path("message").path("top_up").asText());
                    assertThat(value)
                            .as(which)
                            .isBetween(topUp.subtract(BigInteger.valueOf(1_000_000)), topUp)
                            .isNotEqualTo(topUp);
                } else if (!wanted.equals("rest")) {
                    assertThat(value).as(which).isEqualTo(new BigInteger(wanted));
                }
            }
        }
    }

    // ---- the messages of the scenarios

    private static Cell body(ContractWorld world, JsonNode message) {
        String name = message.path("name").asText();
        return switch (name) {
            case "client top up" ->
                topUp(Ops.CLIENT_TOP_UP, message)
                        .storeAddress(world.actor("excess_target"))
                        .build();
            case "client change secret hash and top up" ->
                topUp(Ops.CLIENT_SECRET_AND_TOP_UP, message)
                        .storeInt256(secret(message))
                        .storeAddress(world.actor("excess_target"))
                        .build();
            case "client register" ->
                ContractWorld.body(Ops.CLIENT_REGISTER)
                        .storeUint(message.path("nonce").asLong(), 64)
                        .storeAddress(world.actor("excess_target"))
                        .build();
            case "client change secret hash" ->
                ContractWorld.body(Ops.CLIENT_CHANGE_SECRET)
                        .storeInt256(secret(message))
                        .storeAddress(world.actor("excess_target"))
                        .build();
            case "client increase stake" ->
                ContractWorld.body(Ops.CLIENT_INCREASE_STAKE)
                        .storeCoins(new BigInteger(message.path("new_stake").asText()))
                        .storeAddress(world.actor("excess_target"))
                        .build();
            case "client increase stake, amount field missing" -> world.plain(Ops.CLIENT_INCREASE_STAKE);
            case "client withdraw" -> world.plain(Ops.CLIENT_WITHDRAW);
            case "client request refund" -> world.plain(Ops.CLIENT_REQUEST_REFUND);
            case "client top up and reopen" -> world.plain(Ops.CLIENT_TOP_UP_AND_REOPEN);
            case "client charge" -> signed(world, Ops.CLIENT_CHARGE, message);
            case "client grant refund (final)" -> signed(world, Ops.CLIENT_GRANT_REFUND, message);
            case "worker register" -> world.plain(Ops.WORKER_REGISTER);
            case "worker payout" -> signed(world, Ops.WORKER_PAYOUT, message);
            case "worker last payout" -> signed(world, Ops.WORKER_LAST_PAYOUT, message);
            case "proxy payout request" -> world.plain(Ops.PROXY_PAYOUT_REQUEST);
            case "proxy increase stake" ->
                ContractWorld.body(Ops.PROXY_INCREASE_STAKE)
                        .storeCoins(new BigInteger(message.path("grams").asText()))
                        .storeAddress(world.actor("excess_target"))
                        .build();
            case "proxy owner close" -> world.plain(Ops.PROXY_OWNER_CLOSE);
            case "proxy owner close, query_id missing" ->
                new CellBuilder()
                        .storeUint(Ops.PROXY_OWNER_CLOSE, 32)
                        .storeAddress(world.actor("excess_target"))
                        .build();
            case "proxy close request" -> signed(world, Ops.PROXY_CLOSE_REQUEST, message);
            case "proxy close complete" -> signed(world, Ops.PROXY_CLOSE_COMPLETE, message);
            case "proxy text command c", "proxy text command w", "proxy text command x" ->
                new CellBuilder()
                        .storeUint(0, 32)
                        .storeUint(name.charAt(name.length() - 1), 8)
                        .build();
            case "forged client_proxy_request / refund granted" ->
                world.clientRequest(new CellBuilder()
                        .storeUint(Ops.PAYLOAD_REFUND_GRANTED, 32)
                        .storeCoins(BigInteger.TEN)
                        .storeAddress(world.actor("excess_target")));
            case "forged client_proxy_request without payload" ->
                world.clientRequest().storeBit(false).build();
            case "forged worker_proxy_request / payout" ->
                world.workerRequest()
                        .storeBit(true)
                        .storeRef(new CellBuilder()
                                .storeUint(Ops.PAYLOAD_WORKER_PAYOUT, 32)
                                .storeCoins(BigInteger.TEN)
                                .storeCoins(BigInteger.ONE)
                                .storeAddress(world.actor("excess_target"))
                                .build())
                        .build();
            case "do_not_process / proxy_save_state" ->
                ContractWorld.body(Ops.DO_NOT_PROCESS)
                        .storeUint(Ops.SAVE_STATE, 32)
                        .storeUint(1, 32)
                        .storeInt256(Int256.ZERO)
                        .build();
            case "do_not_process (bare)" ->
                new CellBuilder().storeUint(Ops.DO_NOT_PROCESS, 32).build();
            case "unknown op 0xdeadbeef" -> ContractWorld.body(0xdeadbeefL).build();
            case "16-bit body" -> new CellBuilder().storeUint(0, 16).build();
            case "empty body" -> Cell.EMPTY;
            default -> throw new AssertionError("the vectors have a message that this test does not know: " + name);
        };
    }

    private static CellBuilder topUp(long op, JsonNode message) {
        return ContractWorld.body(op)
                .storeCoins(new BigInteger(message.path("top_up").asText()));
    }

    private static Int256 secret(JsonNode message) {
        String hex = message.path("secret_hash").asText();
        return Int256.fromHex("0".repeat(2 * Int256.BYTES - hex.length()) + hex);
    }

    private static Cell signed(ContractWorld world, long op, JsonNode message) {
        String contract = message.path("expected_my_address").asText();
        Cell signed = message.has("tokens")
                ? world.signedTokens(
                        op,
                        contract,
                        Long.parseUnsignedLong(message.path("tokens").asText()))
                : world.signedClose(op, contract);
        Ed25519Key key = message.has("signed_by") ? ContractWorld.WRONG_KEY : ContractWorld.PROXY_KEY;
        long outerOp =
                message.has("outer_op") ? Long.decode(message.path("outer_op").asText()) : op;
        long queryId = message.has("outer_query_id") ? ContractWorld.QUERY_ID + 1 : ContractWorld.QUERY_ID;
        return world.envelope(outerOp, queryId, key, signed);
    }
}
