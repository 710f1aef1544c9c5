package io.cocoon.spring;

import io.cocoon.client.CocoonClient;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;

/** Adds the client's health, if the application has Spring Boot's health; {@code management.health.cocoon.enabled=false} leaves it out. */
@AutoConfiguration(after = CocoonAutoConfiguration.class)
@ConditionalOnClass(HealthIndicator.class)
@ConditionalOnBean(CocoonClient.class)
@ConditionalOnEnabledHealthIndicator("cocoon")
public class CocoonHealthAutoConfiguration {

    /** Makes the indicator, under the name {@code cocoon}. */
    @Bean
    @ConditionalOnMissingBean
    CocoonHealthIndicator cocoonHealthIndicator(CocoonClient client) {
        return new CocoonHealthIndicator(client);
    }
}
