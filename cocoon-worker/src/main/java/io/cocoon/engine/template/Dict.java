package io.cocoon.engine.template;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A mapping that keeps the order of its members, and the origin of their names. */
final class Dict {

    record Member(Text name, Object value) {}

    private final Map<String, Member> members = new LinkedHashMap<>();

    Dict put(Text name, Object value) {
        members.put(name.chars(), new Member(name, value));
        return this;
    }

    @Nullable
    Object get(String name) {
        Member member = members.get(name);
        return member == null ? null : member.value();
    }

    Map<String, Member> members() {
        return members;
    }
}
