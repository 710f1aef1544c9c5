package io.cocoon.payment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cocoon.payment.PayoutRule.Choice;
import io.cocoon.payment.PayoutRule.Occasion;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PayoutRuleTest {

    private static final Nanoton RICH = Nanoton.ofTon("1000000");
    private static final Prices PRICES = new Prices(new Nanoton(20), new Nanoton(19), 10_000, 10_000, 10_000, 10_000);

    private static PayoutRule.Decision decide(long signed, long settled, Occasion occasion) {
        return PayoutRule.DEFAULT.decide(signed, settled, false, PRICES, RICH, occasion);
    }

    private static Choice choice(long tokens, Occasion occasion) {
        return decide(tokens, 0, occasion).choice();
    }

    /** The first number of tokens that is worth a value at 19 nanoton each. */
    private static long tokensFor(String ton) {
        return (Nanoton.ofTon(ton).value() + 18) / 19;
    }

    @Test
    void h19_should_compare_a_value_and_not_a_number_of_tokens() {
        // The reference cashes in from 2 * 10^8 tokens on: 3.8 TON at this fee, and 0.2 TON if a token earned 1
        // nanoton.
        assertThat(choice(200_000_000, Occasion.BUSY)).isEqualTo(Choice.WAIT);
        assertThat(choice(tokensFor("10") - 1, Occasion.BUSY)).isEqualTo(Choice.WAIT);
        assertThat(choice(tokensFor("10"), Occasion.BUSY)).isEqualTo(Choice.CASH_IN);
        Prices tenfold = new Prices(new Nanoton(200), new Nanoton(190), 10_000, 10_000, 10_000, 10_000);
        assertThat(PayoutRule.DEFAULT
                        .decide(tokensFor("10") / 10 + 1, 0, false, tenfold, RICH, Occasion.BUSY)
                        .choice())
                .isEqualTo(Choice.CASH_IN);
    }

    @Test
    void h19_should_take_less_when_idle_and_all_that_is_above_the_fees_when_leaving() {
        assertThat(choice(tokensFor("0.2") - 1, Occasion.IDLE)).isEqualTo(Choice.WAIT);
        assertThat(choice(tokensFor("0.2"), Occasion.IDLE)).isEqualTo(Choice.CASH_IN);
        assertThat(choice(tokensFor("0.02") + 1, Occasion.LEAVING)).isEqualTo(Choice.CASH_IN);
        assertThat(choice(tokensFor("0.02") - 1, Occasion.LEAVING)).isEqualTo(Choice.GIVE_UP);
    }

    @Test
    void h19_should_count_only_what_is_not_paid_and_not_on_its_way() {
        long paid = 1_000_000_000_000L;
        assertThat(decide(paid + tokensFor("10"), paid, Occasion.BUSY).choice()).isEqualTo(Choice.CASH_IN);
        assertThat(decide(paid + tokensFor("10") - 1, paid, Occasion.BUSY).choice())
                .isEqualTo(Choice.WAIT);
        assertThat(decide(paid, paid + 5, Occasion.BUSY).value()).isEqualTo(Nanoton.ZERO);
    }

    @ParameterizedTest
    @EnumSource(Occasion.class)
    void h1_should_hold_back_what_the_proxy_cannot_pay(Occasion occasion) {
        long tokens = tokensFor("20");
        Nanoton value = new Nanoton(tokens * 19).plus(Nanoton.ofTon("0.05"));
        PayoutRule.Decision short1 =
                PayoutRule.DEFAULT.decide(tokens, 0, false, PRICES, value.minus(new Nanoton(1)), occasion);
        assertThat(short1.choice()).isEqualTo(Choice.HOLD_BACK);
        assertThat(short1.reason()).contains("would be lost");
        assertThat(PayoutRule.DEFAULT
                        .decide(tokens, 0, false, PRICES, value, occasion)
                        .choice())
                .isEqualTo(Choice.CASH_IN);
    }

    @Test
    void h8_should_hold_back_while_the_fee_is_above_the_price_and_give_up_a_closed_contract() {
        Prices impossible = new Prices(new Nanoton(19), new Nanoton(20), 10_000, 10_000, 10_000, 10_000);
        long tokens = tokensFor("20");
        assertThat(PayoutRule.DEFAULT
                        .decide(tokens, 0, false, impossible, RICH, Occasion.BUSY)
                        .choice())
                .isEqualTo(Choice.HOLD_BACK);
        assertThat(PayoutRule.DEFAULT
                        .decide(tokens, 0, true, PRICES, RICH, Occasion.BUSY)
                        .choice())
                .isEqualTo(Choice.GIVE_UP);
    }

    @Property
    void h19_should_never_spend_more_than_it_brings(
            @ForAll @LongRange(min = 0) long signed,
            @ForAll @LongRange(min = 0) long settled,
            @ForAll @LongRange(min = 0) long fee,
            @ForAll @LongRange(min = 0) long funds,
            @ForAll Occasion occasion) {
        Prices prices = new Prices(new Nanoton(fee), new Nanoton(fee), 10_000, 10_000, 10_000, 10_000);
        PayoutRule.Decision decision =
                PayoutRule.DEFAULT.decide(signed, settled, false, prices, new Nanoton(funds), occasion);
        assertThat(decision.value()).isGreaterThanOrEqualTo(Nanoton.ZERO);
        if (decision.choice() == Choice.CASH_IN) {
            assertThat(decision.value()).isGreaterThan(PayoutRule.DEFAULT.fees());
            assertThat(decision.value().value()).isLessThanOrEqualTo(funds);
            assertThat(signed).isGreaterThan(settled);
        }
    }

    @Test
    void should_refuse_negative_numbers_and_thresholds_out_of_order() {
        assertThatThrownBy(() -> decide(-1, 0, Occasion.BUSY)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new PayoutRule(Nanoton.ofTon("1"), Nanoton.ofTon("2"), Nanoton.ZERO))
                .hasMessageContaining("whenIdle");
    }
}
