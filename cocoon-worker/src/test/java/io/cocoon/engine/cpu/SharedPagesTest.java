package io.cocoon.engine.cpu;

import io.cocoon.engine.model.Backend;
import io.cocoon.engine.model.Model;
import io.cocoon.engine.model.SharedPagesContract;

class SharedPagesTest extends SharedPagesContract {

    @Override
    protected Backend load(Model model) {
        return CpuBackend.load(model, Activations.EXACT, 1, Runnable::run, layer -> {});
    }

    @Override
    protected int pagesInUse(Backend backend) {
        return ((CpuBackend) backend).pagesInUse();
    }
}
