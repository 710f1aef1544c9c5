package io.cocoon.spring;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import io.cocoon.client.CocoonClient;
import io.cocoon.langchain4j.CocoonChatModel;
import io.cocoon.langchain4j.CocoonStreamingChatModel;
import java.util.Objects;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;

/** Adds LangChain4j's models for {@code cocoon.model}, if cocoon-langchain4j is on the path. */
@AutoConfiguration(after = CocoonAutoConfiguration.class)
@ConditionalOnClass(CocoonChatModel.class)
@ConditionalOnBean(CocoonClient.class)
@ConditionalOnProperty("cocoon.model")
public class CocoonLangChain4jAutoConfiguration {

    /** Makes the model that waits. */
    @Bean
    @ConditionalOnMissingBean(ChatModel.class)
    CocoonChatModel cocoonChatModel(CocoonClient client, CocoonProperties properties) {
        return CocoonChatModel.builder(client).modelName(name(properties)).build();
    }

    /** Makes the model that streams. */
    @Bean
    @ConditionalOnMissingBean(StreamingChatModel.class)
    CocoonStreamingChatModel cocoonStreamingChatModel(CocoonClient client, CocoonProperties properties) {
        return CocoonStreamingChatModel.builder(client)
                .modelName(name(properties))
                .build();
    }

    private static String name(CocoonProperties properties) {
        return Objects.requireNonNull(properties.model(), "the condition of this class");
    }
}
