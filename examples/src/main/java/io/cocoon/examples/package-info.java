/** Main classes that a stranger can run; each begins with a comment that says how. */
@org.jspecify.annotations.NullMarked
package io.cocoon.examples;
