package io.cocoon.http;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What this module reads itself of a request: its target, its host and origin, its credentials. */
class RequestFuzz {

    @FuzzTest
    void text_is_a_target_or_refused(byte[] bytes) {
        TargetProperties.check(new String(bytes, StandardCharsets.ISO_8859_1));
    }

    @FuzzTest
    void any_head_is_judged(byte[] bytes) {
        String[] lines = new String(bytes, StandardCharsets.ISO_8859_1).split("\n", 4);
        Request head = new Request(
                "GET",
                new Target("/v1/models", Map.of()),
                Map.of(
                        "host", List.of(lines[0]),
                        "origin", lines.length > 1 ? List.of(lines[1]) : List.of(),
                        "authorization", lines.length > 2 ? List.of(lines[2]) : List.of()),
                new byte[0]);
        new HostGate(Set.of("box.example"), true).refuse(head);
        Callers callers = new Callers();
        callers.addKey("app", "sk-local-0123456789");
        callers.setToken("control-0123456789");
        callers.refuse(head);
        callers.refuse(new Request("GET", new Target("/stats", Map.of()), head.headers(), new byte[0]));
    }
}
