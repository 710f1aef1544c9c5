package io.cocoon.ton.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.cocoon.payment.Nanoton;
import io.cocoon.testdata.TestData;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.BagOfCells;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellBuilder;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.cell.Dictionary;
import io.cocoon.ton.cell.StateInit;
import java.math.BigInteger;
import java.time.Instant;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ChainCodecsTest {

    private static final JsonNode VECTORS = TestData.json("vectors/ton-vectors.json");
    private static final Address ACCOUNT = new Address(0, Int256.fromHex("ab".repeat(32)));
    private static final Address OTHER = new Address(0, Int256.fromHex("cd".repeat(32)));
    private static final Head HEAD = new Head(1, Instant.EPOCH);

    @Test
    void wallets_messages_should_be_written_bit_by_bit_and_read_back() throws Exception {
        int count = 0;
        for (JsonNode vector : VECTORS.get("outbound_messages")) {
            Cell cell = cell(vector);
            Message message = MessageCodec.read(cell);
            JsonNode fields = vector.get("fields");
            assertThat(message.destination())
                    .contains(Address.parse(fields.get("destination").asText()));
            assertThat(message.value().value()).isEqualTo(fields.get("value").asLong());
            assertThat(message.bounce()).isEqualTo(fields.get("bounce").asBoolean());
            assertThat(message.init().isPresent())
                    .isEqualTo(fields.get("has_state_init").asBoolean());
            boolean empty = message.body().equals(Cell.EMPTY);
            Cell again = MessageCodec.internal(
                    message.destination().orElseThrow(),
                    message.value(),
                    message.init(),
                    empty ? Optional.empty() : Optional.of(message.body()));
            assertThat(again.hash().toHex()).isEqualTo(vector.get("hash_hex").asText());
            count++;
        }
        System.out.println("ton-vectors: " + count + " outbound messages");
        assertThat(count).isEqualTo(4);
    }

    @Test
    void external_messages_should_be_written_bit_by_bit_and_read_back() throws Exception {
        int count = 0;
        for (JsonNode vector : VECTORS.get("wallet_external")) {
            Message message = MessageCodec.read(cell(vector.get("external_message")));
            assertThat(message.kind()).isEqualTo(Message.Kind.EXTERNAL_IN);
            assertThat(message.body()).isEqualTo(cell(vector.get("body")));
            assertThat(message.init().isPresent())
                    .isEqualTo(vector.get("includes_state_init").asBoolean());
            Address wallet = message.destination().orElseThrow();
            if (message.init().isPresent()) {
                assertThat(StateInit.read(message.init().get()).address()).isEqualTo(wallet);
            }
            assertThat(MessageCodec.external(wallet, message.init(), message.body())
                            .hash()
                            .toHex())
                    .isEqualTo(vector.at("/external_message/hash_hex").asText());
            count++;
        }
        System.out.println("ton-vectors: " + count + " external messages");
        assertThat(count).isEqualTo(3);
    }

    @Test
    void an_external_message_should_be_read_whatever_its_sender_and_fee() throws Exception {
        Cell odd = new CellBuilder()
                .storeUint(0b10, 2)
                .storeUint(0b01, 2) // an address of 20 bits outside the chain
                .storeUint(20, 9)
                .storeUint(0xfffff, 20)
                .storeAddress(ACCOUNT)
                .storeCoins(BigInteger.ONE.shiftLeft(120).subtract(BigInteger.ONE))
                .storeBit(false)
                .storeBit(false)
                .storeUint(7, 8)
                .build();
        Message message = MessageCodec.read(odd);
        assertThat(message.destination()).contains(ACCOUNT);
        assertThat(message.body()).isEqualTo(new CellBuilder().storeUint(7, 8).build());
    }

    @Test
    void an_address_with_anycast_should_be_refused_and_other_currencies_passed_over() throws Exception {
        Cell anycast =
                new CellBuilder().storeUint(0b1000, 4).storeUint(0b101, 3).build();
        assertThatThrownBy(() -> MessageCodec.read(anycast))
                .isInstanceOf(CellException.class)
                .hasMessageContaining("anycast");
        Cell currencies = new CellBuilder()
                .storeUint(0b0001, 4)
                .storeNoAddress()
                .storeAddress(ACCOUNT)
                .storeCoins(new Nanoton(3))
                .storeMaybeRef(Optional.of(Cell.EMPTY))
                .storeUint(0, 8)
                .storeUint(0, 64)
                .storeUint(0, 32)
                .storeUint(0, 2)
                .build();
        Message message = MessageCodec.read(currencies);
        assertThat(message.value()).isEqualTo(new Nanoton(3));
        assertThat(message.bounce()).isFalse();
        assertThat(message.bounced()).isTrue();
        assertThat(message.source()).isEmpty();
    }

    @Test
    void a_notification_without_gas_should_be_aborted_not_computed_and_read_all_the_same() throws Exception {
        Cell skipped = new CellBuilder()
                .storeUint(0b0000, 4)
                .storeUint(0b100, 3) // credit first, neither rent nor credit
                .storeUint(0b010, 3) // no gas
                .storeUint(0b0100, 4) // no action, aborted, no bounce, not destroyed
                .build();
        Transaction read = TransactionCodec.read(ACCOUNT, transaction(skipped, 0, 0));
        assertThat(read.outcome()).isEqualTo(new Transaction.Outcome(true, false, 0, 0, false));
        assertThat(read.in().orElseThrow().value()).isEqualTo(new Nanoton(1));
        assertThat(read.fees()).isEqualTo(new Nanoton(42));
        assertThat(read.id().lt()).isEqualTo(1000);
        assertThat(read.previous()).isEqualTo(new TransactionId(900, Int256.fromHex("01".repeat(32))));
        assertThat(read.time()).isEqualTo(Instant.ofEpochSecond(1_766_000_000));
    }

    @Test
    void an_action_that_fails_should_be_seen_with_its_code() throws Exception {
        Transaction.Outcome outcome = TransactionCodec.read(ACCOUNT, transaction(computed(0, 37, 0b100), 0, 0))
                .outcome();
        assertThat(outcome).isEqualTo(new Transaction.Outcome(true, true, 0, 37, false));
        assertThat(outcome.succeeded()).isFalse();
        assertThat(TransactionCodec.read(ACCOUNT, transaction(computed(0, 0, 0b000), 0, 0))
                        .outcome()
                        .succeeded())
                .isTrue();
    }

    @Test
    void a_code_that_fails_should_be_seen_with_its_exit_code_and_the_bounce() throws Exception {
        assertThat(TransactionCodec.read(ACCOUNT, transaction(computed(-14, 0, 0b111), 0, 0))
                        .outcome())
                .isEqualTo(new Transaction.Outcome(true, true, -14, 0, true));
    }

    @Test
    void ticks_rent_splits_and_merges_should_be_recognised() throws Exception {
        Cell tick = new CellBuilder()
                .storeUint(0b0010, 4)
                .storeCoins(new Nanoton(5))
                .storeUint(0b00, 2) // nothing due, status unchanged
                .storeUint(0b0110, 4) // suspended
                .storeUint(0b010, 3)
                .build();
        assertThat(TransactionCodec.read(ACCOUNT, transaction(tick, 0, 0)).outcome())
                .isEqualTo(new Transaction.Outcome(true, false, 0, 0, false));
        for (int kind : new int[] {0b0001, 0b0100, 0b0101, 0b0110, 0b0111}) {
            Cell other = new CellBuilder().storeUint(kind, 4).build();
            assertThat(TransactionCodec.read(ACCOUNT, transaction(other, 0, 0))
                            .outcome()
                            .computed())
                    .isFalse();
        }
        Cell unknown = new CellBuilder().storeUint(0b1000, 4).build();
        assertThatThrownBy(() -> TransactionCodec.read(ACCOUNT, transaction(unknown, 0, 0)))
                .isInstanceOf(CellException.class);
    }

    @Test
    void sent_messages_should_come_in_order_and_a_missing_one_be_refused() throws Exception {
        Transaction read = TransactionCodec.read(ACCOUNT, transaction(computed(0, 0, 0), 3, 3));
        assertThat(read.out()).extracting(message -> message.value().value()).containsExactly(10L, 11L, 12L);
        assertThatThrownBy(() -> TransactionCodec.read(ACCOUNT, transaction(computed(0, 0, 0), 3, 2)))
                .isInstanceOf(CellException.class)
                .hasMessageContaining("message 2 of 3 is missing");
    }

    @Test
    void a_transaction_of_another_account_should_be_refused() {
        assertThatThrownBy(() -> TransactionCodec.read(OTHER, transaction(computed(0, 0, 0), 0, 0)))
                .isInstanceOf(CellException.class)
                .hasMessageContaining("wanted a transaction of " + OTHER);
    }

    @Test
    void accounts_of_every_status_should_be_read_and_those_of_others_refused() throws Exception {
        Cell code = new CellBuilder().storeUint(1, 8).build();
        Cell data = new CellBuilder().storeUint(2, 8).build();
        CellBuilder active = account().storeBit(true);
        StateInit.of(code, data).store(active);
        Cell shard = new CellBuilder()
                .storeRef(active.build())
                .storeInt256(Int256.fromHex("02".repeat(32)))
                .storeUint(77, 64)
                .build();
        AccountState read = AccountCodec.readShardAccount(ACCOUNT, shard, HEAD);
        assertThat(read.isActive()).isTrue();
        assertThat(read.code()).contains(code);
        assertThat(read.data()).contains(data);
        assertThat(read.balance()).isEqualTo(new Nanoton(123));
        assertThat(read.last()).isEqualTo(new TransactionId(77, Int256.fromHex("02".repeat(32))));
        assertThatThrownBy(() -> AccountCodec.readShardAccount(OTHER, shard, HEAD))
                .isInstanceOf(CellException.class);

        assertThat(status(account().storeUint(0b00, 2).build())).isEqualTo(AccountState.Status.UNINITIALIZED);
        assertThat(status(account().storeUint(0b01, 2).storeInt256(Int256.ZERO).build()))
                .isEqualTo(AccountState.Status.FROZEN);
        assertThat(status(new CellBuilder().storeBit(false).build())).isEqualTo(AccountState.Status.NONE);
        assertThatThrownBy(() -> status(account().storeUint(0b01, 2).build())).isInstanceOf(CellException.class);
    }

    private static AccountState.Status status(Cell account) throws CellException {
        return AccountCodec.read(ACCOUNT, account, TransactionId.NONE, HEAD).status();
    }

    /** An account up to its balance, with rent due and the hash of a dictionary of cells. */
    private static CellBuilder account() {
        return new CellBuilder()
                .storeBit(true)
                .storeAddress(ACCOUNT)
                .storeVarUint(BigInteger.valueOf(300), 7)
                .storeVarUint(BigInteger.ZERO, 7)
                .storeUint(1, 3)
                .storeInt256(Int256.ZERO)
                .storeUint(1_766_000_000, 32)
                .storeBit(true)
                .storeCoins(new Nanoton(9))
                .storeUint(78, 64)
                .storeCoins(new Nanoton(123))
                .storeBit(false);
    }

    /** The description of an ordinary transaction; the last bits are aborted, whether it bounced, and that it did. */
    private static Cell computed(int exitCode, int actionResult, int end) {
        Cell details = new CellBuilder()
                .storeVarUint(BigInteger.valueOf(8853), 7)
                .storeVarUint(BigInteger.valueOf(1_000_000), 7)
                .storeBit(true)
                .storeVarUint(BigInteger.valueOf(10_000), 3)
                .storeUint(0, 8)
                .storeInt(exitCode, 32)
                .build();
        Cell action = new CellBuilder()
                .storeUint(0b110, 3)
                .storeBit(false)
                .storeBit(true)
                .storeCoins(new Nanoton(1))
                .storeBit(false)
                .storeInt(actionResult, 32)
                .build();
        return new CellBuilder()
                .storeUint(0b0000, 4)
                .storeUint(0b01, 2)
                .storeCoins(new Nanoton(3)) // rent
                .storeBit(false)
                .storeUint(0b10, 2) // frozen
                .storeBit(true) // credit
                .storeBit(false)
                .storeCoins(new Nanoton(4))
                .storeBit(false)
                .storeUint(0b1100, 4)
                .storeCoins(new Nanoton(5)) // for gas
                .storeRef(details)
                .storeMaybeRef(Optional.of(action))
                .storeUint(end, 3)
                .build();
    }

    private static Cell transaction(Cell description, int stated, int sent) {
        SortedMap<Bytes, Cell> out = new TreeMap<>();
        for (int i = 0; i < sent; i++) {
            out.put(
                    Dictionary.key(i, 15),
                    new CellBuilder().storeRef(message(10 + i)).build());
        }
        CellBuilder messages = new CellBuilder().storeMaybeRef(Optional.of(message(1)));
        Dictionary.store(messages, out, 15);
        return new CellBuilder()
                .storeUint(0b0111, 4)
                .storeInt256(ACCOUNT.hash())
                .storeUint(1000, 64)
                .storeInt256(Int256.fromHex("01".repeat(32)))
                .storeUint(900, 64)
                .storeUint(1_766_000_000, 32)
                .storeUint(stated, 15)
                .storeUint(0b1010, 4)
                .storeRef(messages.build())
                .storeCoins(new Nanoton(42))
                .storeBit(false)
                .storeRef(Cell.EMPTY)
                .storeRef(description)
                .build();
    }

    private static Cell message(long value) {
        return MessageCodec.internal(OTHER, new Nanoton(value), Optional.empty(), Optional.empty());
    }

    static Bytes sample() {
        return BagOfCells.write(transaction(computed(0, 0, 0), 3, 3));
    }

    private static Cell cell(JsonNode holder) throws CellException {
        return BagOfCells.read(Bytes.fromHex(holder.get("boc_hex").asText()));
    }
}
