package io.cocoon.engine.model;

import io.cocoon.engine.file.ModelFormatException;
import io.cocoon.engine.file.Tensor;

/** Where weights come from. */
interface TensorSource {

    /**
     * Returns a tensor, ready to be multiplied.
     *
     * @throws ModelFormatException if it is absent, has another shape, or cannot be read
     */
    Tensor get(String name, long rows, long columns) throws ModelFormatException;
}
