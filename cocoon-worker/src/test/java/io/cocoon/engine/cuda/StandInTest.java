package io.cocoon.engine.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cocoon.engine.file.TestTensors;
import io.cocoon.engine.file.WeightType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * Faults of kernels that the stand-in driver has to find: a test that runs on it would prove nothing otherwise. Alone, because
 * a broken guard is found by the next launch of whatever test.
 */
@Tag("cuda")
@Isolated
class StandInTest {

    private KernelBench bench;

    @BeforeEach
    void open() throws CudaException {
        CudaDevice device = Driver.require();
        Driver.memory(1 << 20);
        bench = new KernelBench(device, 17);
    }

    @AfterEach
    void close() {
        if (bench != null) {
            bench.close();
            Driver.memory(0);
        }
    }

    private void highest(int rows, Gpu.Region ids) {
        Gpu.Region logits = bench.floats(new float[rows * 64]);
        bench.gpu.launch(Kernel.HIGHEST, Gpu.Grid.of(rows), 64, 16, logits.address(), ids.address(), 64, 64);
    }

    @Test
    void a_write_behind_an_allocation() {
        highest(4, bench.gpu.allocate(16));

        assertThatThrownBy(() -> highest(5, bench.gpu.allocate(16)))
                .hasMessageContaining("cocoon_highest: CUDA_ERROR_ILLEGAL_ADDRESS");
        assertThat(bench.gpu.isLost()).isTrue();
    }

    @Test
    void a_vector_that_is_not_aligned() {
        DeviceMatrix matrix = new WeightPacker(bench.gpu)
                .upload(
                        WeightFormat.BF16,
                        32,
                        32,
                        row -> new WeightPacker.Source(TestTensors.random(WeightType.BF16, 32, 32, 1), row));
        Gpu.Region x = bench.gpu.allocate(1 << 16);
        Gpu.Region out = bench.gpu.allocate(1 << 10);

        assertThatThrownBy(() -> matrix.multiply(
                        bench.gpu, x.address() + 4, out.address(), 0, 1, 32, DeviceMatrix.Mode.STORE, 0))
                .hasMessageContaining("CUDA_ERROR_MISALIGNED_ADDRESS");
    }

    @Test
    void memory_that_was_never_written_is_not_a_number() {
        assertThat(bench.floats(bench.gpu.allocate(8))).containsOnly(Float.NaN);
    }

    @Test
    void a_block_that_is_larger_than_the_kernel_allows() {
        assertThatThrownBy(() -> bench.gpu.launch(Kernel.MERGE, Gpu.Grid.of(1), 128, 0, new long[18]))
                .hasMessageContaining("CUDA_ERROR_INVALID_VALUE");
        assertThat(bench.gpu.isLost()).isFalse();
    }

    @Test
    void a_copy_outside_of_an_allocation_and_one_within_a_capture() {
        Gpu.Region region = bench.gpu.allocate(16);
        assertThatThrownBy(() -> bench.gpu.upload(region, 8, Gpu.direct(16), 16))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> bench.gpu.record(() -> bench.gpu.upload(region, 0, Gpu.direct(16), 16)))
                .hasMessageContaining("CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED");
    }

    @Test
    void more_memory_than_there_is() {
        assertThatThrownBy(() -> bench.gpu.allocate(1L << 40)).hasMessageContaining("CUDA_ERROR_OUT_OF_MEMORY");
    }
}
