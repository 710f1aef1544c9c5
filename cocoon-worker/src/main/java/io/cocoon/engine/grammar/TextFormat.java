package io.cocoon.engine.grammar;

import java.util.Map;
import java.util.TreeMap;

/** The formats of texts that JSON Schema defines (validation, section 7.3) as patterns. Each allows fewer texts than its rule, never more. */
final class TextFormat {

    private static final String DAY =
            "(?:[0-9]{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
                    + "|02-(?:0[1-9]|1[0-9]|2[0-8]))"
                    // Of years that leap: by four, of hundreds by four hundred.
                    + "|(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)-02-29)";
    private static final String HOUR = "(?:[01][0-9]|2[0-3])";
    private static final String TIME =
            HOUR + ":[0-5][0-9]:[0-5][0-9](?:\\.[0-9]{1,9})?(?:Z|[+-]" + HOUR + ":[0-5][0-9])";
    private static final String CLOCK =
            "(?:[0-9]{1,9}H(?:[0-9]{1,9}M(?:[0-9]{1,9}S)?)?|[0-9]{1,9}M(?:[0-9]{1,9}S)?|[0-9]{1,9}S)";
    private static final String DAYS =
            "(?:[0-9]{1,9}Y(?:[0-9]{1,9}M(?:[0-9]{1,9}D)?)?|[0-9]{1,9}M(?:[0-9]{1,9}D)?|[0-9]{1,9}D)";
    private static final String LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?";
    private static final String ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,20}";
    private static final String OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";
    private static final String HEX = "[0-9a-fA-F]{1,4}";

    private static final String CHARACTER = "(?:[A-Za-z0-9._~:/?@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})";

    private static final Map<String, String> PATTERNS = new TreeMap<>(Map.of(
            "date",
            DAY,
            "time",
            TIME,
            "date-time",
            DAY + "T" + TIME,
            "duration",
            "P(?:" + DAYS + "(?:T" + CLOCK + ")?|T" + CLOCK + "|[0-9]{1,9}W)",
            "uuid",
            "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
            // Three atoms and three labels: within the 64 and 255 bytes that an address may have.
            "email",
            ATOM + "(?:\\." + ATOM + "){0,2}@(?:" + LABEL + "\\.){1,2}[A-Za-z]{2,24}",
            "hostname",
            LABEL + "(?:\\." + LABEL + "){0,2}",
            "ipv4",
            OCTET + "(?:\\." + OCTET + "){3}",
            "ipv6",
            address(),
            "uri",
            "[A-Za-z][A-Za-z0-9+.-]{0,30}:" + CHARACTER + "+(?:#" + CHARACTER + "*)?"));

    private TextFormat() {}

    /** Eight groups, or fewer with one gap. */
    private static String address() {
        StringBuilder ways =
                new StringBuilder("(?:" + HEX + ":){7}" + HEX + "|::(?:" + HEX + "(?::" + HEX + "){0,6})?");
        for (int before = 1; before <= 7; before++) {
            String head = HEX + "(?::" + HEX + "){" + (before - 1) + "}::";
            int most = 7 - before;
            ways.append('|').append(head);
            if (most > 0) {
                ways.append("(?:" + HEX + "(?::" + HEX + "){0," + (most - 1) + "})?");
            }
        }
        return ways.toString();
    }

    /** @throws SchemaException if it is none of those that are known */
    static String pattern(String format) throws SchemaException {
        String pattern = PATTERNS.get(format);
        if (pattern == null) {
            throw new SchemaException(
                    "the format '" + format + "' is not supported; of texts " + PATTERNS.keySet() + " are");
        }
        return "^(?:" + pattern + ")$";
    }
}
