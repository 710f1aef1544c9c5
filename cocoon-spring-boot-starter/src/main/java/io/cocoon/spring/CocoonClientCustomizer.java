package io.cocoon.spring;

import io.cocoon.client.ClientBuilder;

/** A bean that changes the builder of the auto-configured client, after the properties and before it is built. */
@FunctionalInterface
public interface CocoonClientCustomizer {

    /** Changes {@code builder}. */
    void customize(ClientBuilder builder);
}
