package io.cocoon.worker;

/**
 * One message of a conversation.
 *
 * @param role {@code system}, {@code developer}, {@code user}, {@code assistant} or {@code tool}
 * @param text its text; the text parts of a message with several parts, joined
 */
public record ChatMessage(String role, String text) {

    /** Leaves out the text. */
    @Override
    public String toString() {
        return "ChatMessage[" + role + ", " + text.length() + " characters]";
    }
}
