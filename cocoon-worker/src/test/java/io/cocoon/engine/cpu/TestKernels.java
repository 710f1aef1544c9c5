package io.cocoon.engine.cpu;

import java.util.stream.Stream;
import org.junit.jupiter.api.Named;

/** The loops that this JVM can run: the plain ones, and those with vectors if it was started for them. */
final class TestKernels {

    private TestKernels() {}

    static Stream<Named<Kernels>> all() {
        return Stream.of(new PlainKernels(), KernelChoice.fastest())
                .limit(KernelChoice.fastest() instanceof PlainKernels ? 1 : 2)
                .map(each -> Named.of(each.name(), each));
    }
}
