/** The command line: {@code java -jar cocoon.jar COMMAND}. Each command is a small class; docs/cli.md shows what they print. */
@org.jspecify.annotations.NullMarked
package io.cocoon.examples.cli;
