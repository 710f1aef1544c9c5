package io.cocoon.tvm;

import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellSlice;
import java.math.BigInteger;
import java.util.List;

/** What a get-method takes and returns. */
public sealed interface StackValue {

    /** A number of 257 bits with its sign. @param value it */
    record Int(BigInteger value) implements StackValue {

        public Int {
            if (value.bitLength() > 256) {
                throw new IllegalArgumentException("a number has 256 bits and a sign, this one " + value.bitLength());
            }
        }

        /** Makes one of a small number. */
        public static Int of(long value) {
            return new Int(BigInteger.valueOf(value));
        }
    }

    /** A cell. @param value it */
    record OfCell(Cell value) implements StackValue {}

    /** A slice, which is what an address is. @param value a cell with what the slice has */
    record OfSlice(Cell value) implements StackValue {

        /** Begins reading. @throws io.cocoon.ton.cell.CellException if it is no ordinary cell */
        public CellSlice beginParse() throws io.cocoon.ton.cell.CellException {
            return value.beginParse();
        }
    }

    /** Several values in one. @param values them */
    record Tuple(List<StackValue> values) implements StackValue {

        /** The most values of one. */
        public static final int MAX = 255;

        public Tuple {
            values = List.copyOf(values);
            if (values.size() > MAX) {
                throw new IllegalArgumentException("a tuple has at most 255 values, this one " + values.size());
            }
        }
    }

    /** No value, and the end of a Lisp-style list. */
    record Null() implements StackValue {}

    /** Not a number: the result of an overflow. */
    record NotANumber() implements StackValue {}
}
