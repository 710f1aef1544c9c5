package io.cocoon.engine.cpu;

import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the fastest loops that this JVM can run, once. */
final class KernelChoice {

    private static final Logger LOG = LoggerFactory.getLogger(KernelChoice.class);

    private static final String MODULE = "jdk.incubator.vector";
    private static final String VECTORS = "io.cocoon.engine.cpu.vector.VectorKernels";
    private static final Kernels FASTEST =
            choose(ModuleLayer.boot().findModule(MODULE).isPresent(), VECTORS, LOG::info);

    private KernelChoice() {}

    static Kernels fastest() {
        return FASTEST;
    }

    /**
     * Decides.
     *
     * @param offered whether this JVM has the module that the faster loops need
     * @param name of the class of the faster loops
     * @param log is told the choice and its reason in one line
     */
    static Kernels choose(boolean offered, String name, Consumer<String> log) {
        String why = "start Java with --add-modules " + MODULE + " for the faster loops";
        if (offered) {
            try {
                Kernels kernels =
                        (Kernels) Class.forName(name).getDeclaredConstructor().newInstance();
                log.accept("the processor computes with " + kernels.name());
                return kernels;
            } catch (ReflectiveOperationException | LinkageError e) {
                // Its constructor refuses too, where vectors have a length that it was not made for.
                why = "the faster loops cannot be used: " + (e.getCause() == null ? e : e.getCause());
            }
        }
        Kernels plain = new PlainKernels();
        log.accept("the processor computes with " + plain.name() + "; " + why);
        return plain;
    }
}
