package io.cocoon.spring;

import io.cocoon.client.Channel;
import io.cocoon.client.CocoonClient;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;

/**
 * Gauges of a client, without tags:
 *
 * <ul>
 *   <li>{@code cocoon.spent}, nanoton: what was spent within the window of the spending limit;
 *   <li>{@code cocoon.disputes}: untrue statements by proxies, at most the last 256;
 *   <li>with channels {@code cocoon.channels.balance}, nanoton: what can still be charged or taken back, by the chain.
 * </ul>
 *
 * Reading them asks nobody and costs nothing.
 */
public final class CocoonMeterBinder implements MeterBinder {

    private final CocoonClient client;
    private final boolean channels;

    CocoonMeterBinder(CocoonClient client, boolean channels) {
        this.client = client;
        this.channels = channels;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        Gauge.builder("cocoon.spent", client, each -> each.spent().value())
                .baseUnit("nanoton")
                .description("spent within the window of the spending limit")
                .register(registry);
        Gauge.builder("cocoon.disputes", client, each -> each.disputes().size())
                .description("untrue statements by proxies about money, at most the last 256")
                .register(registry);
        if (channels) {
            Gauge.builder("cocoon.channels.balance", client, CocoonMeterBinder::balance)
                    .baseUnit("nanoton")
                    .description("what can still be charged or taken back, by the chain")
                    .register(registry);
        }
    }

    private static double balance(CocoonClient client) {
        double sum = 0;
        for (Channel channel : client.channels().all()) {
            sum += channel.balance().value();
        }
        return sum;
    }
}
