package io.cocoon.engine.serve;

import io.cocoon.engine.cuda.CudaTesting;
import io.cocoon.engine.model.Backend;
import io.cocoon.engine.model.Model;
import java.io.IOException;
import org.junit.jupiter.api.Tag;

/** Answers that lose their memory, on a device. */
@Tag("cuda")
class CudaPreemptionTest extends PreemptionTest {

    @Override
    Backend load(Model model) throws IOException {
        return CudaTesting.load(model);
    }

    @Override
    int pagesInUse(Backend backend) {
        return CudaTesting.pagesInUse(backend);
    }

    /** A device on the processor is slow. */
    @Override
    int some(int requests) {
        return Math.min(10, requests);
    }
}
