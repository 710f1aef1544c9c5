package io.cocoon.tvm;

import com.dylibso.chicory.runtime.ExportFunction;
import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.runtime.Memory;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The part of a C++ runtime that the module leaves to its host: throwing, finding a handler, catching. A thrown object is
 * known by its address; {@value #HEADER} bytes before it begins the header of the Itanium ABI.
 */
final class CppExceptions {

    private static final int HEADER = 24;
    private static final int TYPE = 4 - HEADER;
    private static final int DESTRUCTOR = 8 - HEADER;
    private static final int CAUGHT = 12 - HEADER;
    private static final int RETHROWN = 13 - HEADER;
    private static final int ADJUSTED = 16 - HEADER;

    private final Memory memory;
    private final ExportFunction setThrew;
    private final ExportFunction setSecondResult;
    private final ExportFunction canCatch;
    private final ExportFunction pointerOf;
    private final ExportFunction increment;
    private final ExportFunction decrement;
    private final Deque<Integer> caught = new ArrayDeque<>();
    private int last;
    private int uncaught;

    CppExceptions(Instance instance, Names names) {
        memory = instance.memory();
        setThrew = instance.export(names.export("_setThrew"));
        setSecondResult = instance.export(names.export("__emscripten_tempret_set"));
        canCatch = instance.export(names.export("___cxa_can_catch"));
        pointerOf = instance.export(names.export("___cxa_get_exception_ptr"));
        increment = instance.export(names.export("___cxa_increment_exception_refcount"));
        decrement = instance.export(names.export("___cxa_decrement_exception_refcount"));
    }

    CppException raise(int object, int type, int destructor) {
        memory.writeI32(object + ADJUSTED, 0);
        memory.writeI32(object + TYPE, type);
        memory.writeI32(object + DESTRUCTOR, destructor);
        memory.writeByte(object + CAUGHT, (byte) 0);
        memory.writeByte(object + RETHROWN, (byte) 0);
        uncaught++;
        last = object;
        return new CppException();
    }

    CppException resume(int object) {
        if (last == 0) {
            last = object;
        }
        return new CppException();
    }

    CppException rethrow() {
        Integer object = caught.pollLast();
        if (object == null) {
            throw new EmulatorException("the emulator rethrows an exception, and there is none");
        }
        if (memory.read(object + RETHROWN) == 0) {
            caught.addLast(object);
            memory.writeByte(object + RETHROWN, (byte) 1);
            memory.writeByte(object + CAUGHT, (byte) 0);
            uncaught++;
        }
        last = object;
        return new CppException();
    }

    /** Tells the code that called through a trampoline that its callee threw. */
    void announce() {
        setThrew.apply(1, 0);
    }

    /** Returns the thrown object; the second result is which of the types catches it, or what it is if none does. */
    int findHandler(long[] types) {
        int object = last;
        if (object == 0) {
            setSecondResult.apply(0);
            return 0;
        }
        memory.writeI32(object + ADJUSTED, object);
        int thrown = memory.readInt(object + TYPE);
        int handler = thrown;
        if (thrown != 0) {
            for (long type : types) {
                if (type == 0 || (int) type == thrown) {
                    break;
                }
                if (canCatch.apply(type, thrown, object + ADJUSTED)[0] != 0) {
                    handler = (int) type;
                    break;
                }
            }
        }
        setSecondResult.apply(handler);
        return object;
    }

    int begin(int object) {
        if (memory.read(object + CAUGHT) == 0) {
            memory.writeByte(object + CAUGHT, (byte) 1);
            uncaught--;
        }
        memory.writeByte(object + RETHROWN, (byte) 0);
        caught.addLast(object);
        increment.apply(object);
        return (int) pointerOf.apply(object)[0];
    }

    void end() {
        setThrew.apply(0, 0);
        Integer object = caught.pollLast();
        if (object == null) {
            throw new EmulatorException("the emulator ends a handler, and there is none");
        }
        decrement.apply(object);
        last = 0;
    }

    int uncaught() {
        return uncaught;
    }
}
