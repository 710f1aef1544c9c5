package io.cocoon.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which loops compute, and what the log says about it. */
class KernelChoiceTest {

    private final List<String> log = new ArrayList<>();

    @Test
    void the_loops_with_vectors_are_used_where_java_offers_vectors() {
        boolean offered = ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();

        assertThat(KernelChoice.fastest().name()).startsWith(offered ? "vectors of " : "plain Java");
    }

    @Test
    void without_the_module_the_plain_loops_are_used_and_the_log_says_which_flag_helps() {
        Kernels kernels = KernelChoice.choose(false, "never.looked.For", log::add);

        assertThat(kernels).isInstanceOf(PlainKernels.class);
        assertThat(log)
                .containsExactly("the processor computes with plain Java; start Java with --add-modules"
                        + " jdk.incubator.vector for the faster loops");
    }

    @Test
    void loops_that_cannot_be_loaded_are_replaced_and_the_log_says_why() {
        Kernels kernels = KernelChoice.choose(true, "io.cocoon.engine.cpu.Absent", log::add);

        assertThat(kernels).isInstanceOf(PlainKernels.class);
        assertThat(log).hasSize(1);
        assertThat(log.get(0)).contains("plain Java", "ClassNotFoundException", "io.cocoon.engine.cpu.Absent");
    }
}
