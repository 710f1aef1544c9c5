/**
 * OkHttp calls of OpenAI's API, answered through a Cocoon client's attested channel instead of the open network.
 */
@org.jspecify.annotations.NullMarked
package io.cocoon.okhttp;
