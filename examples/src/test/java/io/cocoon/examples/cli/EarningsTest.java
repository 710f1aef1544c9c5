package io.cocoon.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cocoon.payment.Nanoton;
import io.cocoon.payment.Prices;
import io.cocoon.payment.TokenUsage;
import org.junit.jupiter.api.Test;

/** What a worker could earn, computed by hand. */
class EarningsTest {

    private static final Prices PRICES = new Prices(new Nanoton(20), new Nanoton(19), 10_000, 1_000, 80_000, 80_000);

    @Test
    void should_divide_what_clients_pay_between_worker_and_proxy() {
        // 500 read, 300 written eight-fold: 2,900 adjusted tokens; one request a second, half of the day.
        Earnings earnings = new Earnings(PRICES, 1000, new TokenUsage(500, 0, 300, 0), 1, 0.5);

        assertThat(earnings.adjusted()).isEqualTo(2_900);
        assertThat(earnings.requestsPerDay()).isEqualTo(43_200);
        assertThat(earnings.paidByClients()).isEqualTo(Nanoton.ofTon("2.5056"));
        assertThat(earnings.ofWorker()).isEqualTo(Nanoton.ofTon("2.38032"));
        assertThat(earnings.ofProxy()).isEqualTo(Nanoton.ofTon("0.12528"));
        // 0.02 TON for each 10 TON.
        assertThat(earnings.payoutFees()).isEqualTo(Nanoton.ofTon("0.00476064"));
        assertThat(earnings.net()).isEqualTo(Nanoton.ofTon("2.37555936"));
    }

    @Test
    void should_earn_twice_at_twice_the_price_and_nothing_without_work() {
        TokenUsage usage = new TokenUsage(500, 0, 300, 0);
        assertThat(new Earnings(PRICES, 2000, usage, 1, 0.5).ofWorker()).isEqualTo(Nanoton.ofTon("4.76064"));
        assertThat(new Earnings(PRICES, 1000, usage, 1, 0).net()).isEqualTo(Nanoton.ZERO);
    }

    @Test
    void should_refuse_numbers_that_mean_nothing() {
        assertThatThrownBy(() -> new Earnings(PRICES, 1000, TokenUsage.NONE, 0, 0.5))
                .hasMessageContaining("more than 0 s");
        assertThatThrownBy(() -> new Earnings(PRICES, 1000, TokenUsage.NONE, Double.NaN, 0.5))
                .hasMessageContaining("more than 0 s");
        assertThatThrownBy(() -> new Earnings(PRICES, 1000, TokenUsage.NONE, 1, 1.1))
                .hasMessageContaining("0 to 1");
    }
}
