package io.cocoon.http;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** Errors in the shape of OpenAI's API: {@code {"error":{"message":…,"type":…,"param":null,"code":…}}}. */
final class Errors {

    static final String INVALID = "invalid_request_error";
    static final String SERVER = "server_error";

    private Errors() {}

    static String json(String type, String code, String message) {
        ObjectNode error = JsonNodeFactory.instance.objectNode();
        error.putObject("error")
                .put("message", message)
                .put("type", type)
                .putNull("param")
                .put("code", code);
        return error.toString();
    }

    static Reply reply(int status, String type, String code, String message) {
        return Reply.json(status, json(type, code, message));
    }

    static Reply reply(int status, String type, String message) {
        return reply(status, type, codeOf(status), message);
    }

    private static String codeOf(int status) {
        return switch (status) {
            case 400 -> "bad_request";
            case 401 -> "invalid_api_key";
            case 403 -> "forbidden";
            case 404 -> "not_found";
            case 405 -> "method_not_allowed";
            case 408 -> "request_timeout";
            case 413 -> "body_too_large";
            case 414, 431 -> "head_too_large";
            case 417 -> "expectation_failed";
            case 429 -> "too_many_requests";
            case 501 -> "not_implemented";
            case 503 -> "overloaded";
            case 505 -> "http_version_not_supported";
            default -> "internal_error";
        };
    }
}
