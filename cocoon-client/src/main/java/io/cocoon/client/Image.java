package io.cocoon.client;

import java.net.URI;
import java.util.Base64;

/**
 * A picture of a message.
 *
 * @param url where it is, or the picture itself as a {@code data:} URL
 */
public record Image(String url) {

    /** Sends the picture itself; base64 makes it a third longer, encryption doubles that. */
    public static Image png(byte[] content) {
        return of("image/png", content);
    }

    /** Sends the picture itself. */
    public static Image jpeg(byte[] content) {
        return of("image/jpeg", content);
    }

    /** Lets the model server fetch the picture; whether it does is its own decision. */
    public static Image at(URI address) {
        return new Image(address.toString());
    }

    private static Image of(String type, byte[] content) {
        return new Image("data:" + type + ";base64," + Base64.getEncoder().encodeToString(content));
    }

    /** Says nothing of the content. */
    @Override
    public String toString() {
        return "Image[" + url.length() + " characters]";
    }
}
