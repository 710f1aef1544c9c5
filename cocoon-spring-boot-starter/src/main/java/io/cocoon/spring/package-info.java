/** Spring Boot 4: a configured client, its health, its metrics, and LangChain4j's models if they are on the path. */
@org.jspecify.annotations.NullMarked
package io.cocoon.spring;
