/**
 * The local port of a client: OpenAI's API over HTTP for programs on this machine, with status and control. Below it a small
 * HTTP server that trusts no caller.
 */
@org.jspecify.annotations.NullMarked
package io.cocoon.http;
