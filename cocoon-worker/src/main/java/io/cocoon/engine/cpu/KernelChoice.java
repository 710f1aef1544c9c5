package io.cocoon.engine.cpu;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the fastest loops that this JVM can run, once. */
final class KernelChoice {

    private static final Logger LOG = LoggerFactory.getLogger(KernelChoice.class);

    private static final String MODULE = "jdk.incubator.vector";
    private static final String VECTORS = "io.cocoon.engine.cpu.vector.VectorKernels";
    private static final Kernels FASTEST = choose();

    private KernelChoice() {}

    static Kernels fastest() {
        return FASTEST;
    }

    private static Kernels choose() {
        String why = "start Java with --add-modules " + MODULE + " for the faster loops";
        if (ModuleLayer.boot().findModule(MODULE).isPresent()) {
            try {
                Kernels kernels = (Kernels)
                        Class.forName(VECTORS).getDeclaredConstructor().newInstance();
                LOG.info("computing with {}", kernels.name());
                return kernels;
            } catch (ReflectiveOperationException | LinkageError e) {
                // Thrown by its constructor too, where vectors are too short or this Java's are not those it was made
                // for.
                why = "the faster loops cannot be used: " + (e.getCause() == null ? e : e.getCause());
            }
        }
        Kernels plain = new PlainKernels();
        LOG.info("computing with {}; {}", plain.name(), why);
        return plain;
    }
}
