package io.cocoon.engine.openai;

import io.cocoon.engine.model.Architecture;
import io.cocoon.engine.template.ChatTemplate;

/** How a model writes that it wants a function called. Engine dossier 4. */
public enum ToolStyle {

    /** {@code <tool_call>{"name": ..., "arguments": ...}</tool_call>}: Qwen, Hermes. */
    TAGS,

    /** The whole answer is {@code {"name": ..., "parameters": ...}}: Llama 3. */
    BARE_JSON,

    /** Its template has no place for tools: Gemma. */
    NONE;

    static final String OPEN = "<tool_call>";
    static final String CLOSE = "</tool_call>";

    /** Returns what begins a call; empty if nothing does. */
    public String open() {
        return this == TAGS ? OPEN : "";
    }

    /** Returns what ends a call; empty if nothing does. */
    public String close() {
        return this == TAGS ? CLOSE : "";
    }

    /** Returns how the member of a call with the arguments is called. */
    public String arguments() {
        return this == BARE_JSON ? "parameters" : "arguments";
    }

    /** Returns the style of a model. The template decides, because it shows the model how to write. */
    public static ToolStyle of(ChatTemplate template, Architecture architecture) {
        if (template.mentions(OPEN)) {
            return TAGS;
        }
        return architecture == Architecture.LLAMA && template.mentions("tools") ? BARE_JSON : NONE;
    }
}
