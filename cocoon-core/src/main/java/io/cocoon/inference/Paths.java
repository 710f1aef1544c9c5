package io.cocoon.inference;

import java.util.Set;

/** The paths of the API. */
final class Paths {

    static final String CHAT = "/v1/chat/completions";
    static final String COMPLETIONS = "/v1/completions";
    static final String TRANSCRIPTIONS = "/v1/audio/transcriptions";
    private static final Set<String> ALL = Set.of(CHAT, COMPLETIONS, TRANSCRIPTIONS);

    private Paths() {}

    /** Cuts what stands before the first slash; under our rules also the query string. */
    static String of(String target, RequestRules rules) throws RequestException {
        int slash = target.indexOf('/');
        String path = slash < 0 ? "" : target.substring(slash);
        int query = path.indexOf('?');
        if (rules == RequestRules.OPEN_AI && query >= 0) {
            path = path.substring(0, query);
        }
        if (!ALL.contains(path) || (path.equals(TRANSCRIPTIONS) && rules == RequestRules.DECEMBER_2025)) {
            throw RequestException.invalid("unsupported method");
        }
        return path;
    }
}
