package io.cocoon.worker;

/**
 * Makes the engine of another model, when a proxy's operator or {@link WorkerRuntime#changeModel} asks for it (2026 part of the wire
 * dossier, section 10).
 *
 * <p>Runs on the engine executor, one at a time, while the worker goes on answering with the engine that it has (hazard N23): so
 * both need their memory at once.
 */
@FunctionalInterface
public interface ModelLoader {

    /**
     * Loads a model.
     *
     * @param model the full name; in the root contract's list if hashes are checked. Hostile: it came over the network
     * @return what answers for it from now on; closed by the worker
     * @throws Exception if it could not be loaded. The worker goes on with the model that it has; a proxy gets an error without
     *     the message
     */
    InferenceEngine load(ModelName model) throws Exception;
}
