package io.cocoon.tvm;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cocoon.payment.Nanoton;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.BagOfCells;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Runs contracts as TON's validators do, with the prices and limits of the main network at masterchain block 52956904.
 * Pure: an answer depends on the arguments only, and the caller keeps the accounts.
 *
 * <p>The first one of a JVM takes about half a second, further ones a fraction of it; each has about 20 MB. A transaction
 * takes 5 to 15 ms when the JVM is warm, 20 times as long at first. Not thread-safe: one for each thread. The code under it
 * is deeply nested C++, so the thread should have a large stack: {@link #STACK_BYTES}.
 */
public final class Emulator {

    /** Stack that is enough for every contract, in bytes: the constructor argument of a {@link Thread}. */
    public static final long STACK_BYTES = 64L << 20;

    private static final ObjectMapper JSON = new ObjectMapper();
    /** Of the log: one line for each instruction, the last 256 bytes or so. */
    private static final int VERBOSITY = 0;

    private static final BagOfCells.Limits LIMITS = new BagOfCells.Limits(16 << 20, 1 << 18, 1024);

    private final long seed;
    private final String config = Names.text("config.txt");
    private @Nullable Loaded loaded;

    /** An instance and the emulator in its memory. */
    private record Loaded(WasmHost host, int address) {}

    /**
     * Makes one. Loads nothing yet.
     *
     * @param seed of what the emulator takes for random beyond the seed that comes with each transaction
     */
    public Emulator(long seed) {
        this.seed = seed;
    }

    /**
     * Delivers a message to an account.
     *
     * @param account TL-B {@code ShardAccount}
     * @param message TL-B {@code Message}, to this account
     * @param time of the block; whole seconds count
     * @param lt of the transaction; above that of the message and of everything that the account has seen
     * @param randomSeed of the block
     * @throws EmulatorException if the emulator fails, or the cells are no account and no message
     */
    public TransactionResult transaction(Cell account, Cell message, Instant time, long lt, Int256 randomSeed) {
        ObjectNode parameters = JSON.createObjectNode()
                .put("utime", time.getEpochSecond())
                .put("lt", Long.toUnsignedString(lt))
                .put("rand_seed", randomSeed.toHex())
                .put("ignore_chksig", false)
                .put("debug_enabled", false);
        JsonNode output =
                call("_emulate_with_emulator", true, text(account), text(message), parameters.toString());
        String log = output.path("vm_log").asText("");
        if (output.path("success").asBoolean(false)) {
            return new TransactionResult.Done(cell(output, "transaction"), cell(output, "shard_account"), log);
        }
        if (!output.has("vm_exit_code")) {
            throw new EmulatorException("the emulator refused its input: " + output.path("error").asText());
        }
        return new TransactionResult.NotAccepted(
                output.path("error").asText(), output.path("vm_exit_code").asInt(), log);
    }

    /**
     * Runs a get-method.
     *
     * @param code of the contract
     * @param data of the contract
     * @param self its address
     * @param balance what it believes to have
     * @param time what it believes the time to be; whole seconds count
     * @param method its number: see {@link #methodId}
     * @param arguments the first is the deepest on the stack
     * @param gasLimit the most to spend
     * @throws EmulatorException if the emulator fails, or returns something that is no {@link StackValue}
     */
    public GetMethodResult get(
            Cell code,
            Cell data,
            Address self,
            Nanoton balance,
            Instant time,
            int method,
            List<StackValue> arguments,
            long gasLimit) {
        ObjectNode parameters = JSON.createObjectNode()
                .put("code", text(code))
                .put("data", text(data))
                .put("verbosity", VERBOSITY)
                .put("libs", "")
                .put("address", self.toString())
                .put("unixtime", time.getEpochSecond())
                .put("balance", Long.toString(balance.value()))
                .put("rand_seed", Int256.ZERO.toHex())
                .put("gas_limit", Long.toString(gasLimit))
                .put("method_id", method)
                .put("debug_enabled", false);
        JsonNode output =
                call("_run_get_method", false, parameters.toString(), text(StackCodec.write(arguments)), config);
        if (!output.path("success").asBoolean(false)) {
            throw new EmulatorException(
                    "the emulator refused its input: " + output.path("error").asText());
        }
        try {
            return new GetMethodResult(
                    output.path("vm_exit_code").asInt(),
                    output.path("gas_used").asLong(),
                    StackCodec.read(cell(output, "stack")),
                    output.path("vm_log").asText(""));
        } catch (CellException e) {
            throw new EmulatorException("get-method " + method + " of " + self + " returned " + e.getMessage(), e);
        }
    }

    /** Returns the number of a get-method by its name. */
    public static int methodId(String name) {
        int crc = 0;
        for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
            crc ^= (b & 0xff) << 8;
            for (int bit = 0; bit < 8; bit++) {
                crc = (crc & 0x8000) != 0 ? crc << 1 ^ 0x1021 : crc << 1;
            }
        }
        return crc & 0xffff | 0x10000;
    }

    /** Returns how much memory the emulator has now; 0 before the first use. */
    int memoryBytes() {
        return loaded == null ? 0 : loaded.host.memoryBytes();
    }

    private JsonNode call(String function, boolean ofEmulator, String... texts) {
        Loaded now = load();
        try {
            List<Integer> addresses = new ArrayList<>();
            for (String text : texts) {
                addresses.add(now.host.put(text));
            }
            List<Long> arguments = new ArrayList<>();
            if (ofEmulator) {
                arguments.add((long) now.address);
                // No libraries.
                arguments.add(0L);
            }
            addresses.forEach(address -> arguments.add((long) address));
            long[] result = now.host
                    .export(function)
                    .apply(arguments.stream().mapToLong(Long::longValue).toArray());
            String answer = now.host.take((int) result[0]);
            addresses.forEach(now.host::free);
            return output(answer);
        } catch (RuntimeException | StackOverflowError e) {
            // What it has in memory may be half done: never use that again.
            loaded = null;
            if (e instanceof EmulatorException known) {
                throw known;
            }
            throw new EmulatorException("the emulator failed in " + function + ": " + e, e);
        }
    }

    private static JsonNode output(String answer) {
        JsonNode json;
        try {
            json = JSON.readTree(answer);
        } catch (JsonProcessingException e) {
            throw new EmulatorException("the emulator's answer is no JSON: " + e.getOriginalMessage(), e);
        }
        if (json.path("fail").asBoolean(false) || !json.has("output")) {
            throw new EmulatorException(
                    "the emulator failed: " + json.path("message").asText("it did not say why"));
        }
        return json.path("output");
    }

    private Loaded load() {
        Loaded now = loaded;
        if (now == null) {
            WasmHost host = new WasmHost(seed);
            int address = host.put(config);
            now = new Loaded(host, (int) host.export("_create_emulator").apply(address, VERBOSITY)[0]);
            host.free(address);
            if (now.address == 0) {
                throw new EmulatorException("the emulator refused the network's configuration");
            }
            loaded = now;
        }
        return now;
    }

    private static String text(Cell cell) {
        return Base64.getEncoder().encodeToString(BagOfCells.write(cell).toByteArray());
    }

    private static Cell cell(JsonNode output, String member) {
        try {
            byte[] bag = Base64.getDecoder().decode(output.path(member).asText());
            return BagOfCells.read(Bytes.wrapUnshared(bag), LIMITS);
        } catch (CellException | IllegalArgumentException e) {
            throw new EmulatorException("the emulator's " + member + " is no cell: " + e.getMessage(), e);
        }
    }
}
