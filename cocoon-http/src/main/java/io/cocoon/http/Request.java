package io.cocoon.http;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A request that was read whole and passed the gate.
 *
 * @param method as sent, such as {@code GET}
 * @param target path and query
 * @param headers by name in lower case
 * @param body empty if there was none; not copied
 */
@SuppressWarnings("ArrayRecordComponent") // never compared as a record
record Request(String method, Target target, Map<String, List<String>> headers, byte[] body) {

    String path() {
        return target.path();
    }

    Optional<String> query(String name) {
        return Optional.ofNullable(target.query().get(name));
    }

    /** Returns the value of a header that came exactly once. */
    Optional<String> header(String lowerCaseName) {
        List<String> values = headers.getOrDefault(lowerCaseName, List.of());
        return values.size() == 1 ? Optional.of(values.get(0)) : Optional.empty();
    }
}
