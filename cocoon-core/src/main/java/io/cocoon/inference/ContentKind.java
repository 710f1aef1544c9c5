package io.cocoon.inference;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What the body of an answer is, from its content type. */
public enum ContentKind {

    /** JSON documents, one or many, usually one a line. */
    JSON,

    /** Server-sent events. */
    EVENT_STREAM,

    /** Anything else: passed on untouched and not counted. */
    OPAQUE;

    /** Returns the kind of a content type; without one, JSON is assumed, which is what every peer expects. */
    public static ContentKind of(@Nullable String contentType) {
        if (contentType == null) {
            return JSON;
        }
        int parameters = contentType.indexOf(';');
        String type = (parameters < 0 ? contentType : contentType.substring(0, parameters))
                .strip()
                .toLowerCase(Locale.ROOT);
        if (type.equals("text/event-stream")) {
            return EVENT_STREAM;
        }
        return type.isEmpty() || type.contains("json") || type.contains("ndjson") ? JSON : OPAQUE;
    }
}
