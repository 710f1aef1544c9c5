package io.cocoon.tvm;

import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellBuilder;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.cell.CellSlice;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** TL-B {@code VmStack}, as far as {@link StackValue} goes: no continuations, no builders. */
final class StackCodec {

    /** The most values of one stack, those in tuples included: shared cells can stand for very many. */
    static final int MAX_VALUES = 1 << 14;

    /** How deep tuples may be in tuples; a Lisp-style list is as deep as it is long. */
    static final int MAX_DEPTH = 255;

    private static final int NULL = 0;
    private static final int TINY = 1;
    private static final int BIG = 2;
    private static final int CELL = 3;
    private static final int SLICE = 4;
    private static final int TUPLE = 7;
    private static final int NOT_A_NUMBER = 0xff;
    private static final int BIG_BITS = 257;

    private int values;

    private StackCodec() {}

    /** Writes a stack; the last value is the topmost. */
    static Cell write(List<StackValue> stack) {
        CellBuilder list = new CellBuilder();
        for (StackValue value : stack) {
            CellBuilder longer = new CellBuilder().storeRef(list.build());
            write(longer, value);
            list = longer;
        }
        return append(new CellBuilder().storeUint(stack.size(), 24), list).build();
    }

    private static CellBuilder append(CellBuilder out, CellBuilder rest) {
        return out.storeSlice(rest.build().beginParseRaw());
    }

    private static void write(CellBuilder out, StackValue value) {
        if (value instanceof StackValue.Int number) {
            writeNumber(out, number.value());
        } else if (value instanceof StackValue.OfCell cell) {
            out.storeUint(CELL, 8).storeRef(cell.value());
        } else if (value instanceof StackValue.OfSlice slice) {
            Cell cell = slice.value();
            out.storeUint(SLICE, 8)
                    .storeRef(cell)
                    .storeUint(0, 10)
                    .storeUint(cell.bits(), 10)
                    .storeUint(0, 3)
                    .storeUint(cell.refCount(), 3);
        } else if (value instanceof StackValue.Tuple tuple) {
            out.storeUint(TUPLE, 8).storeUint(tuple.values().size(), 16);
            writeTuple(out, tuple.values());
        } else if (value instanceof StackValue.NotANumber) {
            out.storeUint(BIG, 8).storeUint(NOT_A_NUMBER, 8);
        } else {
            out.storeUint(NULL, 8);
        }
    }

    private static void writeNumber(CellBuilder out, BigInteger value) {
        if (value.bitLength() < Long.SIZE) {
            out.storeUint(TINY, 8).storeInt(value.longValue(), 64);
            return;
        }
        out.storeUint(BIG, 8).storeUint(0, 7);
        for (int bit = BIG_BITS - 1; bit >= 0; bit--) {
            out.storeBit(value.testBit(bit));
        }
    }

    /** A tuple of n is one of n - 1, itself in a cell if it has two or more, and a cell with the last value. */
    private static void writeTuple(CellBuilder out, List<StackValue> values) {
        int last = values.size() - 1;
        if (last < 0) {
            return;
        }
        if (last == 1) {
            out.storeRef(single(values.get(0)));
        } else if (last > 1) {
            CellBuilder head = new CellBuilder();
            writeTuple(head, values.subList(0, last));
            out.storeRef(head.build());
        }
        out.storeRef(single(values.get(last)));
    }

    private static Cell single(StackValue value) {
        CellBuilder out = new CellBuilder();
        write(out, value);
        return out.build();
    }

    /** Reads a stack. */
    static List<StackValue> read(Cell cell) throws CellException {
        return new StackCodec().readStack(cell);
    }

    private List<StackValue> readStack(Cell cell) throws CellException {
        CellSlice list = cell.beginParse();
        int size = (int) list.loadUint(24);
        if (size > MAX_VALUES) {
            throw new CellException("a stack of " + size + " values; at most " + MAX_VALUES + " are read");
        }
        List<StackValue> stack = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            Cell rest = list.loadRef();
            stack.add(readValue(list, 0));
            list.end("a stack");
            list = rest.beginParse();
        }
        list.end("a stack");
        Collections.reverse(stack);
        return stack;
    }

    private StackValue readValue(CellSlice in, int depth) throws CellException {
        if (++values > MAX_VALUES) {
            throw new CellException("more than " + MAX_VALUES + " values in a stack");
        }
        int tag = (int) in.loadUint(8);
        return switch (tag) {
            case NULL -> new StackValue.Null();
            case TINY -> StackValue.Int.of(in.loadInt(64));
            case BIG -> readBig(in);
            case CELL -> new StackValue.OfCell(in.loadRef());
            case SLICE -> readSlice(in);
            case TUPLE -> readTuple(in, depth);
            default -> throw new CellException("a value of type " + tag + " on a stack, which is not read here");
        };
    }

    private static StackValue readBig(CellSlice in) throws CellException {
        int kind = (int) in.loadUint(7);
        boolean bit = in.loadBit();
        if (kind == NOT_A_NUMBER >> 1 && bit) {
            return new StackValue.NotANumber();
        }
        if (kind != 0) {
            throw new CellException("a number of kind " + kind + " on a stack");
        }
        BigInteger value = bit ? BigInteger.ONE.shiftLeft(BIG_BITS - 1).negate() : BigInteger.ZERO;
        for (int at = BIG_BITS - 2; at >= 0; at -= 64) {
            int count = Math.min(64, at + 1);
            BigInteger chunk = new BigInteger(Long.toUnsignedString(in.loadUint(count)));
            value = value.add(chunk.shiftLeft(at + 1 - count));
        }
        return new StackValue.Int(value);
    }

    private static StackValue readSlice(CellSlice in) throws CellException {
        Cell cell = in.loadRef();
        int fromBit = (int) in.loadUint(10);
        int toBit = (int) in.loadUint(10);
        int fromRef = (int) in.loadUint(3);
        int toRef = (int) in.loadUint(3);
        if (fromBit > toBit || toBit > cell.bits() || fromRef > toRef || toRef > cell.refCount()) {
            throw new CellException("a slice of bits %d to %d and references %d to %d of a cell with %d and %d"
                    .formatted(fromBit, toBit, fromRef, toRef, cell.bits(), cell.refCount()));
        }
        CellSlice content = cell.beginParseRaw();
        for (int i = 0; i < fromBit; i++) {
            content.loadBit();
        }
        CellBuilder cut = new CellBuilder();
        for (int i = fromBit; i < toBit; i++) {
            cut.storeBit(content.loadBit());
        }
        for (int i = fromRef; i < toRef; i++) {
            cut.storeRef(cell.ref(i));
        }
        return new StackValue.OfSlice(cut.build());
    }

    private StackValue readTuple(CellSlice in, int depth) throws CellException {
        int size = (int) in.loadUint(16);
        if (size > StackValue.Tuple.MAX || depth == MAX_DEPTH) {
            throw new CellException("a tuple of " + size + " values, " + depth + " deep; at most "
                    + StackValue.Tuple.MAX + " and " + MAX_DEPTH + " are read");
        }
        List<StackValue> reversed = new ArrayList<>();
        CellSlice at = in;
        for (int left = size; left > 0; left--) {
            Cell head = left > 1 ? at.loadRef() : Cell.EMPTY;
            reversed.add(readSingle(at.loadRef(), depth + 1));
            if (left == 2) {
                reversed.add(readSingle(head, depth + 1));
                break;
            }
            at = head.beginParse();
        }
        Collections.reverse(reversed);
        return new StackValue.Tuple(reversed);
    }

    private StackValue readSingle(Cell cell, int depth) throws CellException {
        CellSlice in = cell.beginParse();
        StackValue value = readValue(in, depth);
        in.end("a value of a tuple");
        return value;
    }
}
