package io.cocoon.worker;

/**
 * Carries out a proxy operator's wish to serve another model (2026 part of the wire dossier, section 10).
 *
 * <p>Runs on the engine executor, one change at a time, while the worker goes on answering (hazard N23). The worker keeps
 * the name with which it was built: whoever changes the model starts a new runtime with the new name.
 */
@FunctionalInterface
public interface ModelChanger {

    /**
     * Changes the model, or arranges for it.
     *
     * @param model the full name; in the root contract's list if hashes are checked
     * @throws Exception if it could not be done; the proxy gets an error without the message
     */
    void change(ModelName model) throws Exception;
}
