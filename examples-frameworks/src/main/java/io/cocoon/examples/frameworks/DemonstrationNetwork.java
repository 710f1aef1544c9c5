package io.cocoon.examples.frameworks;

import io.cocoon.examples.DemonstrationModel;
import io.cocoon.testkit.TestNetwork;
import java.io.IOException;
import java.io.UncheckedIOException;

/** A network in this JVM whose worker runs the model of the examples; nothing is paid, nothing is proven. */
final class DemonstrationNetwork {

    static final String MODEL = "cocoon/demonstration";

    private DemonstrationNetwork() {}

    static TestNetwork start() {
        return TestNetwork.builder()
                .withoutChain()
                .model(MODEL)
                .engine(() -> {
                    try {
                        return DemonstrationModel.load();
                    } catch (IOException e) {
                        throw new UncheckedIOException("the model was not loaded: " + e.getMessage(), e);
                    }
                })
                .start();
    }
}
