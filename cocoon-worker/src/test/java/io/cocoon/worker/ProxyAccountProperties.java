package io.cocoon.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.payment.PaymentException;
import io.cocoon.payment.PaymentTotals;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;

class ProxyAccountProperties {

    @Property
    void no_total_ever_falls_whatever_a_proxy_sends(
            @ForAll @Size(max = 30) List<@LongRange(min = 0, max = 20) Long> numbers) {
        ProxyAccount account = new ProxyAccount(ProxyRecord.of(TestNetworkParts.TERMS), () -> {});
        PaymentTotals before = account.totals();
        for (int i = 0; i + 2 < numbers.size(); i++) {
            boolean refused = false;
            try {
                account.advance(TestNetworkParts.payment(numbers.get(i)), numbers.get(i + 1), numbers.get(i + 2));
            } catch (PaymentException e) {
                refused = true;
            }
            PaymentTotals after = account.totals();
            assertThat(after.signed()).isGreaterThanOrEqualTo(before.signed());
            assertThat(after.db()).isGreaterThanOrEqualTo(before.db());
            assertThat(after.max()).isGreaterThanOrEqualTo(before.max());
            if (refused) {
                assertThat(after).isEqualTo(before);
            }
            before = after;
        }
    }
}
