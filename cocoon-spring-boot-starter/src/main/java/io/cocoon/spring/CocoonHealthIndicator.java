package io.cocoon.spring;

import io.cocoon.client.CocoonClient;
import io.cocoon.client.Diagnosis;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/**
 * Up if the client's own checks pass: the chain is fresh, and a proxy is connected, which it is only if it proved what the policy
 * demands. Spends nothing and sends no request; waits for a connection for the deadline {@code connect} at most. The details are the
 * checks, by name; they hold no secret, but addresses and balances.
 */
public final class CocoonHealthIndicator extends AbstractHealthIndicator {

    private final CocoonClient client;

    CocoonHealthIndicator(CocoonClient client) {
        super("the checks of the Cocoon client failed");
        this.client = client;
    }

    @Override
    protected void doHealthCheck(Health.Builder builder) {
        Diagnosis diagnosis = client.doctor();
        builder.status(diagnosis.isHealthy() ? "UP" : "DOWN");
        for (Diagnosis.Check check : diagnosis.checks()) {
            builder.withDetail(check.name(), check.outcome() + ": " + firstLine(check.seen()));
        }
    }

    private static String firstLine(String text) {
        int end = text.indexOf('\n');
        return end < 0 ? text : text.substring(0, end);
    }
}
