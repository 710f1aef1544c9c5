/**
 * An engine that passes requests on to an OpenAI-compatible server over HTTP: vLLM, SGLang, Ray Serve, llm-d and others.
 *
 * <p>Runs on the threads of the worker's engine executor and blocks there on the server's socket; it has no thread of its
 * own apart from those of OkHttp's connection pool. Source of the rules: wire dossier 3.5; 2026 part, section 8.
 */
@org.jspecify.annotations.NullMarked
package io.cocoon.worker.http;
