package io.cocoon.engine.text;

import java.util.Arrays;

/**
 * Merges the symbols of one word, lowest rank first, leftmost first. A heap keeps the candidates, so that a word of n symbols
 * costs n log n: a run of 100,000 equal letters is one word. Belongs to one call.
 */
final class Merger {

    private final MergeTable table;
    private int[] symbols = new int[64];
    private int[] before = new int[64];
    private int[] behind = new int[64];
    private int size;
    private long[] heap = new long[64];
    private int heapSize;

    Merger(MergeTable table) {
        this.table = table;
    }

    /** Adds a symbol at the end of the word. */
    void add(int symbol) {
        if (size == symbols.length) {
            int room = Math.multiplyExact(size, 2);
            symbols = Arrays.copyOf(symbols, room);
            before = Arrays.copyOf(before, room);
            behind = Arrays.copyOf(behind, room);
        }
        symbols[size] = symbol;
        before[size] = size - 1;
        behind[size] = size + 1;
        size++;
    }

    /** Merges what was added, appends the result, and is empty again. */
    void finish(IntList out) {
        heapSize = 0;
        for (int i = 0; i + 1 < size; i++) {
            offer(i);
        }
        while (heapSize > 0) {
            long candidate = take();
            int at = (int) candidate;
            int right = behind[at];
            if (symbols[at] < 0 || right >= size) {
                continue;
            }
            long merge = table.get(symbols[at], symbols[right]);
            // A neighbour may have changed since: then this place has been offered again, under its new rank.
            if (merge == MergeTable.NONE || merge >>> 32 != candidate >>> 32) {
                continue;
            }
            symbols[at] = (int) merge;
            symbols[right] = -1;
            int next = behind[right];
            behind[at] = next;
            if (next < size) {
                before[next] = at;
                offer(at);
            }
            if (before[at] >= 0) {
                offer(before[at]);
            }
        }
        for (int i = 0; i < size; i = behind[i]) {
            out.add(symbols[i]);
        }
        size = 0;
    }

    private void offer(int at) {
        long merge = table.get(symbols[at], symbols[behind[at]]);
        if (merge != MergeTable.NONE) {
            push(merge >>> 32 << 32 | at);
        }
    }

    private void push(long item) {
        if (heapSize == heap.length) {
            heap = Arrays.copyOf(heap, Math.multiplyExact(heapSize, 2));
        }
        int at = heapSize++;
        while (at > 0) {
            int parent = at - 1 >> 1;
            if (heap[parent] <= item) {
                break;
            }
            heap[at] = heap[parent];
            at = parent;
        }
        heap[at] = item;
    }

    private long take() {
        long top = heap[0];
        long last = heap[--heapSize];
        int at = 0;
        while (true) {
            int child = 2 * at + 1;
            if (child >= heapSize) {
                break;
            }
            if (child + 1 < heapSize && heap[child + 1] < heap[child]) {
                child++;
            }
            if (last <= heap[child]) {
                break;
            }
            heap[at] = heap[child];
            at = child;
        }
        heap[at] = last;
        return top;
    }
}
