/** LangChain4j's chat models on a Cocoon client: what is mapped and what is not is in docs/integrations.md. */
@org.jspecify.annotations.NullMarked
package io.cocoon.langchain4j;
