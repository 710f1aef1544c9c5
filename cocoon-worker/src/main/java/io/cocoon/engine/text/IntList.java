package io.cocoon.engine.text;

import java.util.Arrays;

/** A growing list of ints. */
final class IntList {

    private int[] items;
    private int size;

    IntList(int expected) {
        items = new int[Math.max(16, expected)];
    }

    void add(int item) {
        if (size == items.length) {
            items = Arrays.copyOf(items, Math.multiplyExact(size, 2));
        }
        items[size++] = item;
    }

    void addAll(int[] more) {
        for (int item : more) {
            add(item);
        }
    }

    int[] toArray() {
        return Arrays.copyOf(items, size);
    }
}
