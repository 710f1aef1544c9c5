package io.cocoon.spring;

import io.cocoon.client.CocoonClient;
import io.cocoon.micrometer.ClientGauges;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** Adds the client's gauges, if {@code cocoon-micrometer} is on the path; Spring Boot binds them to its registries. */
@AutoConfiguration(after = CocoonAutoConfiguration.class)
@ConditionalOnClass(ClientGauges.class)
@ConditionalOnBean(CocoonClient.class)
public class CocoonMetricsAutoConfiguration {

    /** Makes the gauges. */
    @Bean
    @ConditionalOnMissingBean
    ClientGauges cocoonClientGauges(CocoonClient client) {
        return new ClientGauges(client);
    }
}
