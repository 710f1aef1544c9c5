package io.cocoon.micrometer;

import io.cocoon.client.Channel;
import io.cocoon.client.CocoonClient;
import io.cocoon.client.CocoonException;
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
 * Reading them asks nobody and costs nothing. Thread-safe.
 */
public final class ClientGauges implements MeterBinder {

    private final CocoonClient client;

    /** Shows this client; it has to be open while it is shown. */
    public ClientGauges(CocoonClient client) {
        this.client = client;
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
        if (hasChannels()) {
            Gauge.builder("cocoon.channels.balance", client, ClientGauges::balance)
                    .baseUnit("nanoton")
                    .description("what can still be charged or taken back, by the chain")
                    .register(registry);
        }
    }

    private boolean hasChannels() {
        try {
            return client.channels() != null;
        } catch (CocoonException.Configuration e) {
            // A client without channels says it this way.
            return false;
        }
    }

    private static double balance(CocoonClient client) {
        return client.channels().all().stream()
                .map(Channel::balance)
                .mapToDouble(balance -> balance.value())
                .sum();
    }
}
