package io.cocoon.payment;

import java.math.BigDecimal;

/**
 * An amount of money: 10^9 nanoton are one TON. Arithmetic is checked; nothing wraps around.
 *
 * @param value nanotons; negative only as a difference
 */
public record Nanoton(long value) implements Comparable<Nanoton> {

    /** No money. */
    public static final Nanoton ZERO = new Nanoton(0);

    private static final int DECIMALS = 9;

    /**
     * Parses a decimal amount of TON such as {@code "2.5"}.
     *
     * @throws IllegalArgumentException if it is not a number, has more than nine decimals or does not fit
     */
    public static Nanoton ofTon(String ton) {
        try {
            return new Nanoton(new BigDecimal(ton).movePointRight(DECIMALS).longValueExact());
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("not an amount of TON: '" + ton + "'", e);
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException(
                    "an amount of TON has at most nine decimals and fits 64 bits of nanoton: '" + ton + "'", e);
        }
    }

    /** Returns the sum. @throws ArithmeticException if it does not fit */
    public Nanoton plus(Nanoton other) {
        return new Nanoton(Math.addExact(value, other.value));
    }

    /** Returns the difference. @throws ArithmeticException if it does not fit */
    public Nanoton minus(Nanoton other) {
        return new Nanoton(Math.subtractExact(value, other.value));
    }

    /** Returns the product. @throws ArithmeticException if it does not fit */
    public Nanoton times(long count) {
        return new Nanoton(Math.multiplyExact(value, count));
    }

    @Override
    public int compareTo(Nanoton other) {
        return Long.compare(value, other.value);
    }

    /** Prints TON with as many decimals as needed, for example {@code 0.00000042 TON}. */
    @Override
    public String toString() {
        return BigDecimal.valueOf(value, DECIMALS).stripTrailingZeros().toPlainString() + " TON";
    }
}
