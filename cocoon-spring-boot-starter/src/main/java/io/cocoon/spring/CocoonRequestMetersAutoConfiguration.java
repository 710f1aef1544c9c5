package io.cocoon.spring;

import io.cocoon.micrometer.CocoonMetrics;
import io.cocoon.micrometer.FlightRecorderEvents;
import io.micrometer.core.instrument.MeterRegistry;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** Adds meters and flight recorder events of requests, if {@code cocoon-micrometer} is on the path. */
@AutoConfiguration(
        before = CocoonAutoConfiguration.class,
        afterName = {
            "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration",
            "org.springframework.boot.micrometer.metrics.autoconfigure.export.simple.SimpleMetricsExportAutoConfiguration"
        })
@ConditionalOnClass(CocoonMetrics.class)
public class CocoonRequestMetersAutoConfiguration {

    /** Makes the meters. */
    @Bean
    @ConditionalOnBean(MeterRegistry.class)
    @ConditionalOnMissingBean
    CocoonMetrics cocoonMetrics(MeterRegistry registry) {
        return new CocoonMetrics(registry);
    }

    /** Makes the events. */
    @Bean
    @ConditionalOnMissingBean
    FlightRecorderEvents cocoonFlightRecorderEvents() {
        return new FlightRecorderEvents();
    }
}
