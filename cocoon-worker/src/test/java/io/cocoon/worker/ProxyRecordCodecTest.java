package io.cocoon.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cocoon.payment.PaymentTotals;
import io.cocoon.protocol.SignedPayment;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.TlException;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.chain.TransactionId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class ProxyRecordCodecTest {

    static ProxyRecord record(Random random) {
        long signed = random.nextInt(1000);
        long db = signed + random.nextInt(1000);
        Optional<PayoutRequest> request = Optional.empty();
        if (random.nextBoolean()) {
            boolean deploy = random.nextBoolean();
            long total = deploy ? 0 : 1 + random.nextInt(1000);
            request = Optional.of(new PayoutRequest(
                    deploy ? PayoutRequest.Kind.DEPLOY : PayoutRequest.Kind.PAYOUT,
                    total,
                    deploy ? Bytes.empty() : payment(total),
                    random.nextInt(9),
                    random.nextBoolean(),
                    time(random)));
        }
        Payout payout = new Payout(
                random.nextInt(1000),
                random.nextBoolean()
                        ? Optional.of(new TransactionId(random.nextLong(), TestNetworkParts.number(random.nextInt(99))))
                        : Optional.empty(),
                request,
                random.nextInt(9),
                Instant.ofEpochMilli(random.nextLong()),
                time(random),
                random.nextBoolean() ? "" : "the proxy's contract is short");
        return new ProxyRecord(
                TestNetworkParts.TERMS,
                new PaymentTotals(signed, db, db + random.nextInt(1000), payment(signed)),
                random.nextInt(1000),
                random.nextBoolean() ? Bytes.empty() : payment(signed / 2),
                payout);
    }

    private static Optional<Instant> time(Random random) {
        return random.nextBoolean() ? Optional.of(Instant.ofEpochMilli(random.nextInt())) : Optional.empty();
    }

    private static Bytes payment(long tokens) {
        return ((SignedPayment.Signed) TestNetworkParts.payment(tokens)).data();
    }

    private static ProxyRecord at(Address contract) {
        return ProxyRecord.of(TestNetworkParts.terms(contract));
    }

    @Property(tries = 100)
    void should_read_what_it_has_written(@ForAll long seed) throws Exception {
        List<ProxyRecord> records = new ArrayList<>(List.of(record(new Random(seed))));
        for (int i = 0; i < Math.floorMod(seed, 4); i++) {
            records.add(at(new Address(0, TestNetworkParts.number(1000 + i))));
        }

        assertThat(ProxyRecordCodec.read(ProxyRecordCodec.write(records))).isEqualTo(records);
    }

    /** Whatever a file holds, reading it ends with records or a clear error. */
    @Property(tries = 500)
    void should_read_any_bytes_or_refuse_them(@ForAll byte[] bytes) {
        try {
            ProxyRecordCodec.read(Bytes.wrapUnshared(bytes));
        } catch (TlException e) {
            assertThat(e.getMessage()).isNotEmpty();
        }
    }

    @Property(tries = 150)
    void should_read_damaged_records_or_refuse_them(@ForAll long seed) {
        Random random = new Random(seed);
        byte[] bytes = ProxyRecordCodec.write(List.of(record(random))).toByteArray();
        bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
        should_read_any_bytes_or_refuse_them(bytes);
    }

    @Test
    void should_refuse_every_beginning_of_a_file() {
        byte[] good = ProxyRecordCodec.write(List.of(record(new Random(3)))).toByteArray();
        for (int length = 0; length < good.length; length++) {
            Bytes cut = Bytes.copyOf(good, 0, length);
            assertThatThrownBy(() -> ProxyRecordCodec.read(cut)).isInstanceOf(TlException.class);
        }
    }

    @Test
    void should_refuse_another_format_too_many_records_and_two_of_one_contract() {
        byte[] other = ProxyRecordCodec.write(List.of()).toByteArray();
        other[0] = 2;
        assertThatThrownBy(() -> ProxyRecordCodec.read(Bytes.wrapUnshared(other)))
                .hasMessageContaining("format 2");
        List<ProxyRecord> many = new ArrayList<>();
        for (int i = 0; i <= ProxyAccounts.MOST; i++) {
            many.add(at(new Address(0, TestNetworkParts.number(i))));
        }
        assertThatThrownBy(() -> ProxyRecordCodec.read(ProxyRecordCodec.write(many)))
                .hasMessageContaining("at most 1000");
        ProxyRecord twice = at(TestNetworkParts.WORKER_CONTRACT);
        assertThatThrownBy(() -> ProxyRecordCodec.read(ProxyRecordCodec.write(List.of(twice, twice))))
                .hasMessageContaining("two records");
    }

    @Test
    void should_refuse_a_total_that_its_payment_does_not_state() {
        ProxyRecord wrong = new ProxyRecord(
                TestNetworkParts.TERMS, new PaymentTotals(6, 6, 6, payment(5)), 0, Bytes.empty(), Payout.START);

        assertThatThrownBy(() -> ProxyRecordCodec.read(ProxyRecordCodec.write(List.of(wrong))))
                .hasMessageContaining("states 5 tokens, wanted 6");
    }
}
