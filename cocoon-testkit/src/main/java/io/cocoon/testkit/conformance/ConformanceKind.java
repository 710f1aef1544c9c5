package io.cocoon.testkit.conformance;

import java.io.IOException;
import java.nio.file.Path;

/** One kind of conformance case. */
interface ConformanceKind {

    /** Returns whether this kind checks the file; {@code path} is relative to the folder of the suite, with slashes. */
    boolean accepts(String path);

    /**
     * Runs every case of the file and reports each exactly once.
     *
     * @throws IOException if the file cannot be read; the suite counts that as one failed case
     */
    void check(Path root, String path, ConformanceReport report) throws IOException;
}
