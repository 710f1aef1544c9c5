package io.cocoon.spring;

import io.cocoon.client.CocoonClient;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** Adds the client's gauges, if Micrometer is on the path; Spring Boot binds them to its registries. */
@AutoConfiguration(after = CocoonAutoConfiguration.class)
@ConditionalOnClass(MeterBinder.class)
@ConditionalOnBean(CocoonClient.class)
public class CocoonMetricsAutoConfiguration {

    /** Makes the binder. */
    @Bean
    @ConditionalOnMissingBean
    CocoonMeterBinder cocoonMeterBinder(CocoonClient client, CocoonProperties properties) {
        return new CocoonMeterBinder(client, properties.channels().folder() != null);
    }
}
