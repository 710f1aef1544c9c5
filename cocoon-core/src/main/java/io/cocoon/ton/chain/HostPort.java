package io.cocoon.ton.chain;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An IPv4 address in dotted form and a port.
 *
 * @param host four numbers with dots; the network knows no names and no IPv6 (wire dossier 3.1)
 * @param port 0 to 65535
 */
public record HostPort(String host, int port) {

    private static final String NUMBER = "(\\d{1,3})";
    private static final String PLAIN = String.join("\\.", NUMBER, NUMBER, NUMBER, NUMBER) + ":(\\d{1,5})";
    private static final Pattern FORM = Pattern.compile("(?=\\[[^]]*]$|[^\\[\\]]*$)\\[?" + PLAIN + "]?");

    public HostPort {
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("a port is 0 to 65535, got " + port);
        }
    }

    /** Parses {@code a.b.c.d:port}, with or without square brackets; empty if it is anything else. */
    public static Optional<HostPort> tryParse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        for (int i = 1; i <= 4; i++) {
            if (Integer.parseInt(matcher.group(i)) > 255) {
                return Optional.empty();
            }
        }
        int port = Integer.parseInt(matcher.group(5));
        if (port > 65_535) {
            return Optional.empty();
        }
        String inner = text.startsWith("[") ? text.substring(1, text.length() - 1) : text;
        return Optional.of(new HostPort(inner.substring(0, inner.indexOf(':')), port));
    }

    @Override
    public String toString() {
        return host + ":" + port;
    }
}
