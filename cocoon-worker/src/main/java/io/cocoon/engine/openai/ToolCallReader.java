package io.cocoon.engine.openai;

import java.util.List;
import java.util.Set;

/**
 * Takes the calls out of a model's text. What may be the beginning of one is held back. What looks like a call but is none, or
 * asks for a function that was not offered, is text. For one thread.
 */
final class ToolCallReader {

    private final ToolStyle style;
    private final Set<String> names;
    private final boolean wholly;
    private final boolean single;
    private final StringBuilder held = new StringBuilder();

    /** The white space before a call, which belongs to it if it is one. */
    private String gap = "";

    private boolean inCall;
    private boolean passing;
    private boolean called;

    /**
     * Makes one.
     *
     * @param names of the functions that may be called
     * @param wholly whether the answer is either calls or text: then its first character tells, and text is not looked into
     * @param single whether the first call ends the answer
     */
    ToolCallReader(ToolStyle style, Set<String> names, boolean wholly, boolean single) {
        this.style = names.isEmpty() ? ToolStyle.NONE : style;
        this.names = names;
        this.wholly = wholly || style == ToolStyle.BARE_JSON;
        this.single = single;
    }

    /** Returns whether the only call that may be has come: what follows is of no interest. */
    boolean isOver() {
        return single && called;
    }

    /** Takes text and puts out what is certain. */
    void add(String text, Delta out) {
        if (isOver()) {
            return;
        }
        held.append(text);
        passing |= style == ToolStyle.NONE || wholly && !called && beginsAsText();
        if (passing) {
            pass(held.length(), out);
        } else if (style == ToolStyle.TAGS) {
            tags(out);
        }
    }

    private boolean beginsAsText() {
        int at = 0;
        while (at < held.length() && Character.isWhitespace(held.charAt(at))) {
            at++;
        }
        return at < held.length() && held.charAt(at) != (style == ToolStyle.BARE_JSON ? '{' : '<');
    }

    private void tags(Delta out) {
        while (true) {
            int at = held.indexOf(inCall ? ToolStyle.CLOSE : ToolStyle.OPEN);
            if (at < 0) {
                break;
            }
            if (inCall) {
                int end = at + ToolStyle.CLOSE.length();
                List<ToolCall> calls = ToolCall.parse(held.substring(ToolStyle.OPEN.length(), at), names);
                take(calls, out);
                if (calls.isEmpty()) {
                    out.content.append(gap).append(held, 0, end);
                }
                held.delete(0, isOver() ? held.length() : end);
            } else {
                String before = held.substring(0, at).stripTrailing();
                gap = held.substring(before.length(), at);
                out.content.append(before);
                held.delete(0, at);
            }
            inCall = !inCall;
        }
        if (!inCall) {
            pass(held.length() - undecided(), out);
        }
    }

    private void take(List<ToolCall> calls, Delta out) {
        out.calls.addAll(single && calls.size() > 1 ? calls.subList(0, 1) : calls);
        called |= !calls.isEmpty();
    }

    /** How many characters at the end may belong to a call: white space, and a beginning of the tag. */
    private int undecided() {
        int tag = Math.min(ToolStyle.OPEN.length() - 1, held.length());
        while (tag > 0 && !ToolStyle.OPEN.startsWith(held.substring(held.length() - tag))) {
            tag--;
        }
        int from = held.length() - tag;
        while (from > 0 && Character.isWhitespace(held.charAt(from - 1))) {
            from--;
        }
        return held.length() - from;
    }

    private void pass(int count, Delta out) {
        out.content.append(held, 0, count);
        held.delete(0, count);
    }

    /** Ends the text: a call that was not closed counts if it is whole. */
    void finish(Delta out) {
        List<ToolCall> calls = List.of();
        if (inCall) {
            calls = ToolCall.parse(held.substring(ToolStyle.OPEN.length()), names);
        } else if (style == ToolStyle.BARE_JSON && !passing) {
            calls = ToolCall.parse(held.toString(), names);
        }
        take(calls, out);
        // The line end behind a call belongs to it.
        if (calls.isEmpty() && !(called && held.toString().isBlank())) {
            out.content.append(inCall ? gap : "").append(held);
        }
        held.setLength(0);
    }
}
