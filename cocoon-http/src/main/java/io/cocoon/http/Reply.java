package io.cocoon.http;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A whole answer. Immutable but for the array.
 *
 * @param status the HTTP status
 * @param headers by name; length, connection and what every answer has are added by the server
 * @param body not copied
 */
@SuppressWarnings("ArrayRecordComponent") // never compared as a record
record Reply(int status, Map<String, String> headers, byte[] body) {

    Reply {
        headers = Map.copyOf(headers);
    }

    static Reply of(int status, String contentType, String text) {
        return new Reply(status, Map.of("content-type", contentType), text.getBytes(StandardCharsets.UTF_8));
    }

    static Reply json(int status, String json) {
        return of(status, "application/json", json);
    }

    Reply with(String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(headers);
        more.put(name, value);
        return new Reply(status, more, body);
    }
}
