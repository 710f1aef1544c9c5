/** Examples with LangChain4j and Spring Boot. */
@NullMarked
package io.cocoon.examples.frameworks;

import org.jspecify.annotations.NullMarked;
