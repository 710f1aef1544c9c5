package io.cocoon.engine.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Runs without the stand-in driver: on a machine without a GPU this is what its users see. */
class CudaDevicesTest {

    @Test
    void what_was_found_or_why_nothing_was_is_one_line() {
        CudaDevices devices = CudaDevices.find();

        assertThat(devices.reason()).hasLineCount(1).hasSizeLessThan(300);
        assertThat(devices.reason()).startsWith(devices.usable().isEmpty() ? "no CUDA: " : "CUDA: ");
        if (devices.usable().isEmpty()) {
            assertThat(devices.reason()).containsAnyOf("driver", "compute capability");
        }
    }

    @Test
    void it_is_looked_for_once() {
        assertThat(CudaDevices.find()).isSameAs(CudaDevices.find());
    }
}
