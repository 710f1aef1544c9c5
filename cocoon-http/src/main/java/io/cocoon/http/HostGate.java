package io.cocoon.http;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Keeps web pages out. A page whose name resolves to this machine says its own name in {@code Host} (DNS rebinding); a page that
 * sends a form or a script's request to this machine says its own name in {@code Origin}.
 */
final class HostGate implements Gate {

    private static final Set<String> LOOPBACK = Set.of("localhost", "[::1]");
    private static final Pattern LOOPBACK_IP = Pattern.compile("127\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}");
    /** No page can have an address as its name and be of another machine. */
    private static final Pattern ANY_IP = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}|\\[[0-9a-f:.]+]");

    private static final Pattern HOST = Pattern.compile("([^:\\[\\]@/ ]+|\\[[0-9a-f:.]+])(:\\d{1,5})?");

    private final Set<String> names;
    private final boolean anyAddress;

    /**
     * @param names further names of this server, in lower case
     * @param anyAddress whether every numeric address is a name of this server: if it listens to the network
     */
    HostGate(Set<String> names, boolean anyAddress) {
        this.names = Set.copyOf(names);
        this.anyAddress = anyAddress;
    }

    @Override
    public Optional<Reply> refuse(Request head) {
        List<String> hosts = head.headers().getOrDefault("host", List.of());
        if (hosts.size() != 1) {
            return Optional.of(
                    Errors.reply(400, Errors.INVALID, "the request has " + hosts.size() + " Host headers, wanted one"));
        }
        String host = hosts.get(0).toLowerCase(Locale.ROOT);
        if (!isOurs(host)) {
            return Optional.of(Errors.reply(
                    403,
                    Errors.INVALID,
                    "the Host header names another server, as a page does that pretends to be this one (DNS rebinding);"
                            + " use localhost or 127.0.0.1, or allow the name with allowHost"));
        }
        List<String> origins = head.headers().getOrDefault("origin", List.of());
        if (!origins.isEmpty() && !origins.equals(List.of("http://" + hosts.get(0)))) {
            return Optional.of(Errors.reply(
                    403, Errors.INVALID, "a page of another origin sent this request; pages may not use this port"));
        }
        return Optional.empty();
    }

    private boolean isOurs(String host) {
        var parts = HOST.matcher(host);
        if (!parts.matches()) {
            return false;
        }
        String name = parts.group(1);
        return LOOPBACK.contains(name)
                || LOOPBACK_IP.matcher(name).matches()
                || names.contains(name)
                || (anyAddress && ANY_IP.matcher(name).matches());
    }
}
