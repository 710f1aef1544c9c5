package io.cocoon.tvm;

import com.dylibso.chicory.runtime.ExportFunction;
import com.dylibso.chicory.runtime.HostFunction;
import com.dylibso.chicory.runtime.ImportFunction;
import com.dylibso.chicory.runtime.ImportValues;
import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.runtime.Memory;
import com.dylibso.chicory.runtime.WasmFunctionHandle;
import com.dylibso.chicory.wasm.Parser;
import com.dylibso.chicory.wasm.WasmModule;
import com.dylibso.chicory.wasm.types.FunctionImport;
import com.dylibso.chicory.wasm.types.FunctionType;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Random;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tonemulator.TonEmulatorMachine;

/**
 * One instance of the emulator's module, and all that it asks of its host: memory, exceptions, randomness, a clock, files.
 * There are no files, the environment is empty, and clock and randomness are the same in every run with the same seed.
 *
 * <p>Used by one thread at a time. After a call has thrown, the instance must not be used again.
 */
final class WasmHost {

    private static final Logger LOG = LoggerFactory.getLogger(WasmHost.class);

    private static final int PAGE = 1 << 16;
    /** The module grows from 18 MiB; what a block of transactions needs is a fraction of this. */
    private static final int MAX_MEMORY = 512 << 20;

    private static final int GROW_BY = 4 << 20;
    private static final int WASI_BAD_FILE = 8;
    private static final int NO_SUCH_FILE = -44;
    private static final int NO_SUCH_CALL = -52;
    private static final long NANOS_BETWEEN_LOOKS = 1000;
    private static final long[] NOTHING = {};

    /** Parsed once, and not before somebody wants an emulator. */
    private static final class Module {
        static final Names NAMES = Names.load();
        static final WasmModule PARSED = parse();

        private static WasmModule parse() {
            try (InputStream in = Names.resource("TonEmulator.meta")) {
                return Parser.parse(in);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private final Random random;
    private final Instance instance;
    private final Memory memory;
    private final CppExceptions exceptions;
    private final ExportFunction stackPointer;
    private final ExportFunction restoreStack;
    private final ExportFunction allocate;
    private final ExportFunction free;
    private long clockNanos;

    WasmHost(long seed) {
        random = new Random(seed);
        instance = Instance.builder(Module.PARSED)
                .withMachineFactory(TonEmulatorMachine::new)
                .withImportValues(imports())
                .build();
        memory = instance.memory();
        exceptions = new CppExceptions(instance, Module.NAMES);
        stackPointer = export("_emscripten_stack_get_current");
        restoreStack = export("__emscripten_stack_restore");
        allocate = export("_malloc");
        free = export("_free");
        export("constructors").apply();
    }

    ExportFunction export(String cppName) {
        return instance.export(Module.NAMES.export(cppName));
    }

    /** Copies a text into the module's memory; to be freed. */
    int put(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int address = (int) allocate.apply(bytes.length + 1)[0];
        if (address == 0) {
            throw new EmulatorException("the emulator has no room for " + bytes.length + " bytes more");
        }
        memory.write(address, bytes);
        memory.writeByte(address + bytes.length, (byte) 0);
        return address;
    }

    /** Copies a text out of the module's memory, and frees it. */
    String take(int address) {
        String text = memory.readCString(address, StandardCharsets.UTF_8);
        free(address);
        return text;
    }

    void free(int address) {
        free.apply(address);
    }

    int memoryBytes() {
        return memory.pages() * PAGE;
    }

    private ImportValues imports() {
        List<ImportFunction> functions = Module.PARSED.importSection().stream()
                .map(FunctionImport.class::cast)
                .map(this::function)
                .toList();
        return ImportValues.builder().withFunctions(functions).build();
    }

    private ImportFunction function(FunctionImport wanted) {
        FunctionType type = Module.PARSED.typeSection().getType(wanted.typeIndex());
        boolean hasResult = !type.returns().isEmpty();
        return new HostFunction(
                wanted.module(),
                wanted.name(),
                type,
                handle(Module.NAMES.meaningOf(wanted.name()), hasResult));
    }

    private WasmFunctionHandle handle(String name, boolean hasResult) {
        if (name.startsWith("invoke_")) {
            return (caller, arguments) -> invoke(arguments, hasResult);
        }
        if (name.startsWith("___cxa_find_matching_catch_")) {
            return (caller, types) -> one(exceptions.findHandler(types));
        }
        return switch (name) {
            case "___cxa_throw" ->
                (caller, a) -> {
                    throw exceptions.raise((int) a[0], (int) a[1], (int) a[2]);
                };
            case "___resumeException" ->
                (caller, a) -> {
                    throw exceptions.resume((int) a[0]);
                };
            case "___cxa_rethrow" ->
                (caller, a) -> {
                    throw exceptions.rethrow();
                };
            case "___cxa_begin_catch" -> (caller, a) -> one(exceptions.begin((int) a[0]));
            case "___cxa_end_catch" ->
                (caller, a) -> {
                    exceptions.end();
                    return NOTHING;
                };
            case "___cxa_uncaught_exceptions" -> (caller, a) -> one(exceptions.uncaught());
            case "_llvm_eh_typeid_for" -> (caller, a) -> one((int) a[0]);
            case "_random_get" -> (caller, a) -> one(fillRandom((int) a[0], (int) a[1]));
            case "_emscripten_asm_const_int" -> (caller, a) -> one(random.nextInt());
            case "_clock_time_get" ->
                (caller, a) -> {
                    memory.writeLong((int) a[2], look());
                    return one(0);
                };
            case "_emscripten_date_now" ->
                (caller, a) -> new long[] {Double.doubleToRawLongBits(look() / 1_000_000.0)};
            case "_emscripten_get_heap_max" -> (caller, a) -> one(MAX_MEMORY);
            case "_emscripten_resize_heap" -> (caller, a) -> one(grow((int) a[0]));
            case "_environ_sizes_get" ->
                (caller, a) -> {
                    memory.writeI32((int) a[0], 0);
                    memory.writeI32((int) a[1], 0);
                    return one(0);
                };
            case "_environ_get" -> (caller, a) -> one(0);
            case "_fd_write" -> (caller, a) -> one(write((int) a[1], (int) a[2], (int) a[3]));
            case "_fd_close", "_fd_read", "_fd_seek" -> (caller, a) -> one(WASI_BAD_FILE);
            case "___syscall_openat", "___syscall_stat64", "___syscall_lstat64", "___syscall_newfstatat" ->
                (caller, a) -> one(NO_SUCH_FILE);
            case "___syscall_fcntl64", "___syscall_fstat64", "___syscall_getdents64", "___syscall_ioctl" ->
                (caller, a) -> one(NO_SUCH_CALL);
            case "__gmtime_js", "__localtime_js" -> (caller, a) -> calendar(a[0], (int) a[1]);
            case "__tzset_js" -> (caller, a) -> universalTime(a);
            case "__abort_js" ->
                (caller, a) -> {
                    throw new EmulatorException("the emulator aborted");
                };
            default ->
                (caller, a) -> {
                    throw new EmulatorException("the emulator called " + name + ", which this host does not have");
                };
        };
    }

    private static long[] one(int value) {
        return new long[] {value};
    }

    /** Calls through the table of functions; code that is called so may throw, and its caller looks. */
    private long[] invoke(long[] arguments, boolean hasResult) {
        long stack = stackPointer.apply()[0];
        long[] own = new long[arguments.length - 1];
        System.arraycopy(arguments, 1, own, 0, own.length);
        try {
            return instance.getMachine().call(instance.table(0).requiredRef((int) arguments[0]), own);
        } catch (CppException e) {
            restoreStack.apply(stack);
            exceptions.announce();
            return hasResult ? one(0) : NOTHING;
        }
    }

    private int fillRandom(int address, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        memory.write(address, bytes);
        return 0;
    }

    /** Offset, summer time, and the names of both. */
    private long[] universalTime(long[] addresses) {
        memory.writeI32((int) addresses[0], 0);
        memory.writeI32((int) addresses[1], 0);
        memory.writeCString((int) addresses[2], "UTC");
        memory.writeCString((int) addresses[3], "UTC");
        return NOTHING;
    }

    /** C's {@code struct tm}; every place is in UTC. */
    private long[] calendar(long epochSecond, int address) {
        ZonedDateTime time = Instant.ofEpochSecond(epochSecond).atZone(ZoneOffset.UTC);
        int[] fields = {
            time.getSecond(),
            time.getMinute(),
            time.getHour(),
            time.getDayOfMonth(),
            time.getMonthValue() - 1,
            time.getYear() - 1900,
            time.getDayOfWeek().getValue() % 7,
            time.getDayOfYear() - 1,
            0,
            0
        };
        for (int i = 0; i < fields.length; i++) {
            memory.writeI32(address + Integer.BYTES * i, fields[i]);
        }
        return NOTHING;
    }

    private long look() {
        return clockNanos += NANOS_BETWEEN_LOOKS;
    }

    private int grow(int wanted) {
        if (wanted < 0 || wanted > MAX_MEMORY) {
            return 0;
        }
        long target = Math.min(MAX_MEMORY, (long) wanted + GROW_BY);
        int pages = (int) ((target - memoryBytes() + PAGE - 1) / PAGE);
        return memory.grow(pages) < 0 ? 0 : 1;
    }

    /** What C++ writes to its output or error stream. */
    private int write(int vectors, int count, int writtenAt) {
        int written = 0;
        for (int i = 0; i < count; i++) {
            int address = memory.readInt(vectors + 8 * i);
            int length = memory.readInt(vectors + 8 * i + 4);
            if (LOG.isDebugEnabled() && length > 0) {
                LOG.debug("emulator: {}", memory.readString(address, length).stripTrailing());
            }
            written += length;
        }
        memory.writeI32(writtenAt, written);
        return 0;
    }
}
