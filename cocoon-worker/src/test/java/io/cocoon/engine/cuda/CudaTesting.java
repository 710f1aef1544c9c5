package io.cocoon.engine.cuda;

import io.cocoon.engine.model.Backend;
import io.cocoon.engine.model.Model;
import java.io.IOException;

/** The backend for tests of other packages. */
public final class CudaTesting {

    private CudaTesting() {}

    /** Loads a model on the device of the tests; where there is none, the test is reported as not run. */
    public static Backend load(Model model) throws IOException {
        return CudaBackend.load(model, Driver.require(), new CudaSettings(64, 16_384, 0, false, true), layer -> {});
    }

    /** Returns how many pages of keys and values are held. */
    public static int pagesInUse(Backend backend) {
        return ((CudaBackend) backend).pagesInUse();
    }
}
