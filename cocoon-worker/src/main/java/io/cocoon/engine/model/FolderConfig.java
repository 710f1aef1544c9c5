package io.cocoon.engine.model;

import java.util.Optional;

/**
 * What {@code config.json} says.
 *
 * @param scheme how FP8 weights are scaled; empty if there are none
 */
record FolderConfig(ModelShape shape, Optional<Fp8Scheme> scheme) {}
