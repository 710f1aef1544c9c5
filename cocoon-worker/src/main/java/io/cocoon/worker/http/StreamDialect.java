package io.cocoon.worker.http;

/** In which form a streamed answer leaves the worker (hazards H5 and N12). */
public enum StreamDialect {
    /** As the server sends it, as a rule server-sent events: what OpenAI's own clients read. */
    AS_IS,
    /**
     * One JSON document a line: server-sent events are unpacked. For networks whose clients are of the C++ reference and
     * expect lines.
     */
    JSON_LINES
}
