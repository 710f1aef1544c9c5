package io.cocoon.http;

/** The memory of this JVM, in bytes: what is taken, garbage included, and the most there can be. */
record Heap(long used, long max) {

    static Heap look() {
        Runtime runtime = Runtime.getRuntime();
        return new Heap(runtime.totalMemory() - runtime.freeMemory(), runtime.maxMemory());
    }

    Snapshot.Item item() {
        return Snapshot.Item.bytes("Java heap, of at most " + (max >> 20) + " MiB", used);
    }
}
