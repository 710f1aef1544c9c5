package io.cocoon.http;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Which route answers which method and path. Immutable after building. */
final class Routes {

    private final Map<String, Map<String, Route>> exact = new LinkedHashMap<>();
    private final Map<String, Map<String, Route>> below = new LinkedHashMap<>();

    /** What belongs to a path: a route, or the methods that it has. */
    record Found(Optional<Route> route, String methods) {}

    /** Adds a route for one path. */
    Routes add(String method, String path, Route route) {
        exact.computeIfAbsent(path, key -> new TreeMap<>()).put(method, route);
        return this;
    }

    /** Adds a route for all paths that are longer than this one and begin with it. */
    Routes addBelow(String method, String prefix, Route route) {
        below.computeIfAbsent(prefix, key -> new TreeMap<>()).put(method, route);
        return this;
    }

    /** Returns what belongs to a path; empty if nothing does. */
    Optional<Found> find(String method, String path) {
        Map<String, Route> methods = exact.get(path);
        if (methods == null) {
            methods = below.entrySet().stream()
                    .filter(entry -> path.startsWith(entry.getKey())
                            && path.length() > entry.getKey().length())
                    .map(Map.Entry::getValue)
                    .findFirst()
                    .orElse(null);
        }
        return Optional.ofNullable(methods)
                .map(found -> new Found(Optional.ofNullable(found.get(method)), String.join(", ", found.keySet())));
    }
}
