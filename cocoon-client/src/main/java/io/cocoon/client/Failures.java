package io.cocoon.client;

import io.cocoon.protocol.ErrorCodes;
import io.cocoon.transport.CloseReason;
import io.cocoon.transport.ConnectionClosedException;
import io.cocoon.transport.FrameTooLargeException;
import io.cocoon.transport.RemoteErrorException;
import java.util.Locale;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;

/** From what peers report to what an application can do about it. Wire dossier, appendix C; codes first, texts second. */
final class Failures {

    /** Whether a failed request may be tried again. */
    enum Retry {
        /** Trying again would not help, or time or money is gone. */
        NEVER,
        /** Another proxy may do better; the same one would say the same. */
        OTHER_PROXY,
        /** Another proxy, or the same one a little later. */
        ANY
    }

    /** A failure and whether it may be tried again. */
    record Verdict(CocoonException cause, Retry retry) {}

    private static final int LONGEST_REMOTE_TEXT = 300;

    private Failures() {}

    /** Judges an error that came as the answer to a query. */
    static Verdict ofQuery(String proxy, int code, String remoteText) {
        String text = shorten(remoteText);
        String seen = "proxy " + proxy + " answered with error " + code + ": " + text;
        String lower = text.toLowerCase(Locale.ROOT);
        if (lower.contains("balance is too low")) {
            return new Verdict(
                    new CocoonException.Balance(
                            seen, "top up the client contract, or lower maxTokens or maxPriceFactor", code),
                    Retry.OTHER_PROXY);
        }
        if (lower.contains("client is closing")) {
            return new Verdict(
                    new CocoonException.Authorisation(
                            seen, "wait until the contract is closed, then open it again", code),
                    Retry.OTHER_PROXY);
        }
        return switch (code) {
            case ErrorCodes.NOT_READY ->
                new Verdict(
                        new CocoonException.Capacity(seen, capacityStep(lower), code),
                        lower.startsWith("can run this query with coefficient") ? Retry.OTHER_PROXY : Retry.ANY);
            case ErrorCodes.ERROR -> ofPolicy(seen, lower);
            case ErrorCodes.PROTOCOL_VIOLATION -> ofRefusal(seen, lower);
            case ErrorCodes.TIMEOUT ->
                new Verdict(
                        new CocoonException.Deadline(
                                seen, "raise the total deadline, or ask for fewer tokens with maxTokens", code),
                        Retry.NEVER);
            case ErrorCodes.CANCELLED ->
                new Verdict(new CocoonException.Cancelled(seen, "send it again if it is wanted"), Retry.NEVER);
            default ->
                new Verdict(
                        new CocoonException.Upstream(seen, "send it again; another worker may do better", code, 0),
                        lower.startsWith("worker: http failed") ? Retry.ANY : Retry.NEVER);
        };
    }

    private static String capacityStep(String lower) {
        int at = lower.indexOf("coefficient=");
        if (at >= 0) {
            return "the cheapest free worker asks for the factor " + lower.substring(at + "coefficient=".length())
                    + "/1000: raise maxPriceFactor to it, or wait";
        }
        return "wait and try again, or look at models() for what is served";
    }

    private static Verdict ofPolicy(String seen, String lower) {
        int code = ErrorCodes.ERROR;
        if (lower.contains("too many active queries") || lower.contains("connection is dead")) {
            return new Verdict(
                    new CocoonException.Capacity(seen, "wait and try again: the workers are busy", code), Retry.ANY);
        }
        if (lower.contains("config version")) {
            return new Verdict(
                    new CocoonException.Capacity(seen, "wait: the proxy is behind the chain", code), Retry.OTHER_PROXY);
        }
        if (lower.contains("unknown public key")) {
            return new Verdict(
                    new CocoonException.Capacity(
                            seen, "wait: the proxy has not fetched the network's keys yet (N16)", code),
                    Retry.OTHER_PROXY);
        }
        return new Verdict(
                new CocoonException.Upstream(seen, "correct the request as the text says", code, 0), Retry.NEVER);
    }

    private static Verdict ofRefusal(String seen, String lower) {
        int code = ErrorCodes.PROTOCOL_VIOLATION;
        if (lower.startsWith("unknown model")) {
            return new Verdict(
                    new CocoonException.Configuration(
                            seen, "use a name from models(), without anything after an '@'", code),
                    Retry.OTHER_PROXY);
        }
        int option = lower.indexOf("unknown option '");
        if (option >= 0) {
            int from = option + "unknown option '".length();
            int to = lower.indexOf('\'', from);
            String name = to < 0 ? "an option" : "'" + lower.substring(from, to) + "'";
            return new Verdict(
                    new CocoonException.Upstream(
                            seen,
                            "a worker behind that proxy runs the C++ program, which refuses " + name
                                    + "; leave it out, or use a proxy whose workers accept it",
                            code,
                            0),
                    Retry.OTHER_PROXY);
        }
        return new Verdict(
                new CocoonException.Upstream(seen, "correct the request as the text says", code, 0), Retry.NEVER);
    }

    /** Judges what went wrong while a connection was made ready. */
    static CocoonException ofHandshake(String proxy, Throwable failure) {
        Throwable cause = unwrap(failure);
        if (cause instanceof CocoonException known) {
            return known;
        }
        if (cause instanceof RemoteErrorException remote) {
            return ofHandshakeError(proxy, remote.code(), shorten(remote.remoteMessage()));
        }
        if (cause instanceof ConnectionClosedException closed) {
            return ofClose(proxy, closed.reason());
        }
        if (cause instanceof TimeoutException) {
            return new CocoonException.Deadline(
                    "proxy " + proxy + " did not answer the handshake in time",
                    "check the proxy, or let the client use another one",
                    CocoonException.NO_CODE);
        }
        if (cause instanceof io.cocoon.tl.TlException malformed) {
            return new CocoonException.Protocol(
                    "proxy " + proxy + " sent a malformed handshake: " + malformed.getMessage(),
                    "use another proxy; this one does not speak the protocol",
                    malformed);
        }
        return new CocoonException.Capacity(
                "no connection to proxy " + proxy + ": " + describe(cause),
                "check that the address is reachable, and the router if one is used",
                CocoonException.NO_CODE);
    }

    private static CocoonException ofHandshakeError(String proxy, int code, String text) {
        String seen = "proxy " + proxy + " refused the handshake with error " + code + ": " + text;
        String lower = text.toLowerCase(Locale.ROOT);
        if (lower.contains("test mode") || lower.contains("old client") || lower.contains("owner address")) {
            return new CocoonException.Configuration(seen, "check that client and proxy use the same root contract");
        }
        if (lower.contains("sha256 mismatch") || lower.contains("client is closing") || lower.contains("auth")) {
            return new CocoonException.Authorisation(
                    seen, "check the secret and the state of the client contract", code);
        }
        if (code == ErrorCodes.NOT_READY || lower.contains("config version")) {
            return new CocoonException.Capacity(seen, "wait, or use another proxy", code);
        }
        return new CocoonException.Protocol(seen, "use another proxy; this one speaks another protocol version");
    }

    /** Says why a connection ended. */
    static CocoonException ofClose(String proxy, CloseReason reason) {
        String seen = "the connection to proxy " + proxy + " ended: " + reason;
        return switch (reason.cause()) {
            case ATTESTATION ->
                new CocoonException.Attestation(
                        seen,
                        "read the report; do not weaken the policy before you know why it failed",
                        reason.report());
            case PROTOCOL -> new CocoonException.Protocol(seen, "use another proxy");
            case LOCAL -> new CocoonException.Cancelled(seen, "the client was closed; build another one");
            case REMOTE, TIMEOUT, NETWORK, INTERNAL ->
                new CocoonException.Capacity(
                        seen, "send the request again; the client reconnects by itself", CocoonException.NO_CODE);
        };
    }

    /** Says that a request does not fit (hazards H14 and N13). */
    static CocoonException ofSize(long bytes, long limit) {
        return new CocoonException.Configuration(
                "the request has " + bytes + " bytes, the limit is " + limit + "; nothing was sent",
                "send fewer or smaller messages, images or audio");
    }

    static CocoonException ofSize(FrameTooLargeException e) {
        return new CocoonException.Configuration(
                "the request does not fit into a frame: " + e.getMessage() + "; nothing was sent",
                "send fewer or smaller messages, images or audio",
                e);
    }

    static Throwable unwrap(Throwable failure) {
        Throwable cause = failure;
        while ((cause instanceof CompletionException || cause instanceof ExecutionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    private static String describe(Throwable cause) {
        String message = cause.getMessage();
        return cause.getClass().getSimpleName() + (message == null ? "" : ": " + shorten(message));
    }

    /** A peer's text in one line of bounded length, without control characters. */
    static String shorten(String text) {
        String line = text.replaceAll("\\p{Cntrl}", " ");
        return line.length() <= LONGEST_REMOTE_TEXT ? line : line.substring(0, LONGEST_REMOTE_TEXT) + "…";
    }
}
