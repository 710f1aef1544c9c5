package io.cocoon.inference;

import io.cocoon.protocol.HttpHeader;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/** Which headers cross a hop (hazards H15, N24). Names are compared without regard to case. */
public final class HttpHeaders {

    /** What travels from an application to a model server. Never credentials, never a wish for compression. */
    private static final Set<String> TO_UPSTREAM =
            Set.of("content-type", "accept", "x-request-id", "traceparent", "tracestate");

    /** What belongs to one hop only (RFC 9110 7.6.1), or would be wrong after rewriting. */
    private static final Set<String> HOP_BY_HOP = Set.of(
            "host",
            "connection",
            "keep-alive",
            "proxy-authenticate",
            "proxy-authorization",
            "proxy-connection",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
            "content-length");

    /** What an application must not be given by a model server: it would act on the wrong origin. */
    private static final Set<String> NOT_FROM_UPSTREAM =
            Set.of("set-cookie", "set-cookie2", "www-authenticate", "alt-svc", "strict-transport-security");

    private HttpHeaders() {}

    /** Returns the last value of a header, if it is there. */
    public static Optional<String> last(List<HttpHeader> headers, String name) {
        for (int i = headers.size() - 1; i >= 0; i--) {
            if (headers.get(i).name().equalsIgnoreCase(name)) {
                return Optional.of(headers.get(i).value());
            }
        }
        return Optional.empty();
    }

    /** Returns what a worker passes on to its model server: a short list of names, in order, with harmless values. */
    public static List<HttpHeader> toUpstream(List<HttpHeader> headers) {
        return filter(headers, TO_UPSTREAM::contains);
    }

    /** Returns what a client puts into a query: as {@link #toUpstream}, so that credentials never leave the machine. */
    public static List<HttpHeader> toQuery(List<HttpHeader> headers) {
        return toUpstream(headers);
    }

    /** Returns what of a model server's answer travels back: no length, no connection, no cookie. */
    public static List<HttpHeader> fromUpstream(List<HttpHeader> headers) {
        return filter(headers, name -> !HOP_BY_HOP.contains(name) && !NOT_FROM_UPSTREAM.contains(name));
    }

    private static List<HttpHeader> filter(List<HttpHeader> headers, Predicate<String> keep) {
        List<HttpHeader> kept = new ArrayList<>(headers.size());
        for (HttpHeader header : headers) {
            if (keep.test(header.name().toLowerCase(Locale.ROOT)) && isClean(header)) {
                kept.add(header);
            }
        }
        return Collections.unmodifiableList(kept);
    }

    /** Returns whether name and value can be written into an HTTP head without changing its structure. */
    public static boolean isClean(HttpHeader header) {
        return isCleanName(header.name()) && isCleanValue(header.value());
    }

    private static boolean isCleanName(String name) {
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c <= ' ' || c >= 0x7f || c == ':') {
                return false;
            }
        }
        return !name.isEmpty();
    }

    private static boolean isCleanValue(String value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c < ' ' && c != '\t' || c == 0x7f) {
                return false;
            }
        }
        return true;
    }
}
