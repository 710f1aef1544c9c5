package io.cocoon.langchain4j;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.internal.JsonSchemaElementUtils;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import io.cocoon.client.ChatRequest;
import io.cocoon.client.CocoonClient;
import io.cocoon.client.Deadlines;
import io.cocoon.client.Image;
import io.cocoon.client.ToolCall;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** From LangChain4j's requests to the client's. What cannot be mapped is refused, never left out. */
record Requests(
        CocoonClient client,
        ChatRequestParameters defaults,
        @Nullable Deadlines deadlines,
        @Nullable Double maxPriceFactor,
        List<ChatModelListener> listeners) {

    private static final ObjectMapper JSON = new ObjectMapper();

    /** Returns the model that is asked: LangChain4j has put the defaults into the request. */
    String model(dev.langchain4j.model.chat.request.ChatRequest request) {
        return request.parameters().modelName();
    }

    ChatRequest of(dev.langchain4j.model.chat.request.ChatRequest request) {
        ChatRequest chat = client.chat(model(request));
        if (deadlines != null) {
            chat.deadlines(deadlines);
        }
        if (maxPriceFactor != null) {
            chat.maxPriceFactor(maxPriceFactor);
        }
        request.messages().forEach(message -> add(chat, message));
        sampling(chat, request.parameters());
        tools(chat, request.parameters());
        format(chat, request.parameters().responseFormat());
        return chat;
    }

    private static void add(ChatRequest chat, ChatMessage message) {
        if (message instanceof SystemMessage system) {
            chat.system(system.text());
        } else if (message instanceof UserMessage user) {
            user(chat, user);
        } else if (message instanceof AiMessage ai) {
            List<ToolCall> calls = ai.toolExecutionRequests().stream()
                    .map(call -> new ToolCall(call.id(), call.name(), call.arguments()))
                    .toList();
            chat.assistant(ai.text() == null ? "" : ai.text(), calls);
        } else if (message instanceof ToolExecutionResultMessage result) {
            chat.toolResult(new ToolCall(result.id(), result.toolName(), ""), result.text());
        } else {
            throw new UnsupportedFeatureException("messages of type " + message.type() + " cannot be sent");
        }
    }

    private static void user(ChatRequest chat, UserMessage message) {
        StringBuilder text = new StringBuilder();
        List<Image> images = new ArrayList<>();
        for (Content content : message.contents()) {
            if (content instanceof TextContent words) {
                text.append(text.isEmpty() ? "" : "\n").append(words.text());
            } else if (content instanceof ImageContent picture) {
                images.add(image(picture.image()));
            } else {
                throw new UnsupportedFeatureException("content of type " + content.type() + " cannot be sent");
            }
        }
        chat.user(text.toString(), images.toArray(Image[]::new));
    }

    private static Image image(dev.langchain4j.data.image.Image image) {
        if (image.url() != null) {
            return Image.at(image.url());
        }
        String type = image.mimeType() == null ? "image/png" : image.mimeType();
        return new Image("data:" + type + ";base64," + image.base64Data());
    }

    private static void sampling(ChatRequest chat, ChatRequestParameters parameters) {
        if (parameters.temperature() != null) {
            chat.temperature(parameters.temperature());
        }
        if (parameters.topP() != null) {
            chat.topP(parameters.topP());
        }
        if (parameters.topK() != null) {
            chat.member("top_k", parameters.topK().toString());
        }
        if (parameters.frequencyPenalty() != null) {
            chat.member("frequency_penalty", parameters.frequencyPenalty().toString());
        }
        if (parameters.presencePenalty() != null) {
            chat.member("presence_penalty", parameters.presencePenalty().toString());
        }
        if (parameters.maxOutputTokens() != null) {
            chat.maxTokens(parameters.maxOutputTokens());
        }
        if (!parameters.stopSequences().isEmpty()) {
            chat.stop(parameters.stopSequences().toArray(String[]::new));
        }
    }

    private static void tools(ChatRequest chat, ChatRequestParameters parameters) {
        for (ToolSpecification tool : parameters.toolSpecifications()) {
            Map<String, Object> schema = tool.parameters() == null
                    ? Map.of("type", "object", "properties", Map.of())
                    : JsonSchemaElementUtils.toMap(tool.parameters());
            chat.tool(tool.name(), tool.description() == null ? "" : tool.description(), json(schema));
        }
        ToolChoice choice = parameters.toolChoice();
        if (choice != null) {
            chat.toolChoice(
                    switch (choice) {
                        case AUTO -> "auto";
                        case REQUIRED -> "required";
                        case NONE -> "none";
                    });
        }
    }

    private static void format(ChatRequest chat, @Nullable ResponseFormat format) {
        if (format == null || format.type() == ResponseFormatType.TEXT) {
            return;
        }
        JsonSchema schema = format.jsonSchema();
        if (schema == null) {
            chat.responseFormat("{\"type\":\"json_object\"}");
            return;
        }
        Map<String, Object> named = new LinkedHashMap<>();
        named.put("name", schema.name() == null ? "answer" : schema.name());
        named.put("strict", true);
        named.put("schema", JsonSchemaElementUtils.toMap(schema.rootElement(), true));
        chat.responseFormat(json(Map.of("type", "json_schema", "json_schema", named)));
    }

    private static String json(Map<String, Object> value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a map of plain values prints", e);
        }
    }
}
