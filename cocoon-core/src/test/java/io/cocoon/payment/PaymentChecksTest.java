package io.cocoon.payment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.cocoon.crypto.Ed25519Key;
import io.cocoon.protocol.SignedPayment;
import io.cocoon.protocol.TokensUsed;
import io.cocoon.testdata.TestData;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import org.junit.jupiter.api.Test;

class PaymentChecksTest {

    private static final Ed25519Key KEY = Ed25519Key.fromSeed(Int256.ZERO);
    private static final Address CONTRACT = new Address(0, Int256.fromHex("ab".repeat(32)));
    private static final Prices PRICES = new Prices(new Nanoton(20), new Nanoton(19), 10_000, 1_000, 80_000, 80_000);
    private static final PayerChecks PAYER = new PayerChecks(CONTRACT, KEY.publicKey(), PRICES, 0, new Nanoton(20_000));
    private static final PayeeChecks PAYEE = new PayeeChecks(CONTRACT, KEY.publicKey());

    @Test
    void adjusting_tokens_gives_what_every_peer_computes() {
        int cases = 0;
        for (JsonNode vector : TestData.json("vectors/wire-vectors.json").get("adjust_tokens")) {
            cases += checkAdjust(vector);
        }
        for (JsonNode vector : TestData.json("vectors/ton-vectors.json").at("/adjust_tokens/cases")) {
            cases += checkAdjust(vector);
        }
        System.out.println("adjust_tokens: " + cases + " cases");
        assertThat(cases).isEqualTo(56);
    }

    private static int checkAdjust(JsonNode vector) {
        assertThat(TokenPricing.adjust(
                        vector.get("tokens").asLong(),
                        vector.get("coefficient").asLong(),
                        vector.get("multiplier").asLong()))
                .isEqualTo(vector.get("result").asLong());
        return 1;
    }

    @Test
    void usage_examples_give_their_four_kinds_and_total() throws Exception {
        for (JsonNode vector : TestData.json("vectors/ton-vectors.json").get("usage_examples")) {
            JsonNode raw = vector.get("raw");
            JsonNode factors = vector.get("multipliers");
            Prices prices = new Prices(
                    new Nanoton(vector.get("price_per_token").asLong()),
                    new Nanoton(vector.get("worker_fee_per_token").asLong()),
                    factors.get("prompt").asInt(),
                    factors.get("cached").asInt(),
                    factors.get("completion").asInt(),
                    factors.get("reasoning").asInt());
            TokenUsage usage = new TokenUsage(
                    raw.get("prompt").asLong(),
                    raw.get("cached").asLong(),
                    raw.get("completion").asLong(),
                    raw.get("reasoning").asLong());
            TokensUsed used =
                    TokenPricing.adjust(usage, vector.get("coefficient").asLong(), prices);
            assertThat(used.totalTokensUsed())
                    .isEqualTo(vector.at("/tokens_used/total").asLong());
            assertThat(TokenPricing.adjustChecked(
                                    usage, vector.get("coefficient").asLong(), prices)
                            .totalTokensUsed())
                    .isGreaterThanOrEqualTo(used.totalTokensUsed());
        }
    }

    @Test
    void nonsense_usage_never_lowers_the_total_and_negative_counts_are_refused() throws Exception {
        TokenUsage nonsense = new TokenUsage(10, 20, 5, 9);
        assertThat(TokenPricing.adjustChecked(nonsense, 1000, PRICES).promptTokensUsed())
                .isZero();
        assertThatThrownBy(() -> TokenPricing.adjustChecked(new TokenUsage(-1, 0, 0, 0), 1000, PRICES))
                .isInstanceOf(PaymentException.class);
    }

    @Test
    void should_refuse_a_bill_whose_total_is_not_the_sum_or_above_the_usage() throws Exception {
        TokenUsage usage = new TokenUsage(100, 0, 10, 0);
        PAYER.checkBill(new TokensUsed(100, 0, 80, 0, 180), usage, 1000);
        assertThatThrownBy(() -> PAYER.checkBill(new TokensUsed(100, 0, 80, 0, 181), usage, 1000))
                .hasMessageContaining("181");
        assertThatThrownBy(() -> PAYER.checkBill(new TokensUsed(101, 0, 80, 0, 181), usage, 1000))
                .hasMessageContaining("180");
        assertThatThrownBy(() -> PayerChecks.checkBill(new TokensUsed(-1, 0, 1, 0, 0)))
                .isInstanceOf(PaymentException.class);
    }

    @Test
    void a_payer_follows_rising_totals_and_refuses_falling_disordered_or_too_large_ones() throws Exception {
        PaymentTotals first = PAYER.accept(PaymentTotals.START, charge(10), 20, 30);
        assertThat(first.signed()).isEqualTo(10);
        assertThat(PAYER.accept(first, new SignedPayment.Empty(), 30, 40).newest())
                .isEqualTo(first.newest());
        assertThatThrownBy(() -> PAYER.accept(first, charge(9), 20, 30)).isInstanceOf(PaymentException.class);
        assertThatThrownBy(() -> PAYER.accept(first, charge(10), 19, 30)).isInstanceOf(PaymentException.class);
        assertThatThrownBy(() -> PAYER.accept(first, charge(31), 30, 40)).isInstanceOf(PaymentException.class);
        assertThat(PAYER.accept(first, charge(10), 20, 1000).max()).isEqualTo(1000);
        assertThatThrownBy(() -> PAYER.accept(first, charge(10), 20, 1001)).hasMessageContaining("limit");
        assertThatThrownBy(() -> PAYER.accept(first, payout(10), 20, 30)).isInstanceOf(PaymentException.class);
    }

    @Test
    void a_payee_needs_a_payment_that_does_not_go_back() throws Exception {
        PaymentTotals known = PAYEE.compare(PaymentTotals.START, payout(10), 20, 30);
        assertThatThrownBy(() -> PAYEE.require(known, new SignedPayment.Empty(), 20, 30))
                .isInstanceOf(PaymentException.class);
        assertThatThrownBy(() -> PAYEE.require(known, payout(9), 20, 30)).isInstanceOf(PaymentException.class);
        assertThat(PAYEE.acceptFromQuery(known, payout(9))).isEqualTo(known);
        assertThat(PAYEE.acceptFromQuery(known, charge(11))).isEqualTo(known);
        assertThat(PAYEE.acceptFromQuery(known, payout(25)).db()).isEqualTo(25);
    }

    @Test
    void a_payee_refuses_totals_out_of_order_and_keeps_the_signed_evidence() throws Exception {
        PaymentTotals known = PAYEE.require(PaymentTotals.START, payout(10), 20, 30);
        SignedPayment.Signed above = payout(41);
        assertThatThrownBy(() -> PAYEE.require(known, above, 40, 50))
                .isInstanceOfSatisfying(PaymentException.class, e -> {
                    assertThat(e).hasMessageContaining("41, 40, 50");
                    assertThat(e.evidence()).isEqualTo(above.data());
                });
        assertThatThrownBy(() -> PAYEE.require(known, payout(10), 51, 50)).hasMessageContaining("10, 51, 50");
        assertThatThrownBy(() -> PAYEE.compare(known, payout(21), 20, 30)).hasMessageContaining("signed <= db");
    }

    @Test
    void h63_two_payments_of_one_key_prove_that_a_proxy_was_rolled_back_and_a_lower_database_alone_does_not()
            throws Exception {
        PaymentTotals known = PAYEE.require(PaymentTotals.START, payout(10), 20, 30);
        SignedPayment.Signed lower = payout(9);
        assertThatThrownBy(() -> PAYEE.compare(known, lower, 20, 30))
                .isInstanceOfSatisfying(PaymentException.class, e -> {
                    assertThat(e).hasMessageContaining("rolled back");
                    assertThat(e.evidence()).isEqualTo(lower.data());
                    assertThat(e.proof()).isEqualTo(payout(10).data());
                });
        assertThatThrownBy(() -> PAYEE.compare(known, payout(10), 19, 30))
                .isInstanceOfSatisfying(
                        PaymentException.class, e -> assertThat(e.proof()).isEqualTo(io.cocoon.tl.Bytes.empty()));
    }

    @Test
    void h11_a_comparison_below_the_known_total_is_a_question_and_writing_off_keeps_what_is_stored() throws Exception {
        PaymentTotals known = PAYEE.require(PaymentTotals.START, payout(10), 20, 30);
        PaymentTotals asked = PAYEE.compare(known, payout(10), 20, 25);
        assertThat(asked.max()).isEqualTo(30);
        assertThat(asked.writtenOffTo(25).max()).isEqualTo(25);
        assertThat(asked.writtenOffTo(5).max()).isEqualTo(20);
        assertThat(asked.writtenOffTo(99).max()).isEqualTo(30);
        assertThatThrownBy(() -> PAYEE.compare(known, payout(10), 19, 30)).hasMessageContaining("never go back");
    }

    private static SignedPayment.Signed charge(long tokens) {
        return new SignedPayment.Signed(
                SignedPayments.sign(KEY, SignedPayments.Kind.CLIENT_CHARGE, CONTRACT, tokens, 7, CONTRACT));
    }

    private static SignedPayment.Signed payout(long tokens) {
        return new SignedPayment.Signed(
                SignedPayments.sign(KEY, SignedPayments.Kind.WORKER_PAYOUT, CONTRACT, tokens, 7, CONTRACT));
    }
}
