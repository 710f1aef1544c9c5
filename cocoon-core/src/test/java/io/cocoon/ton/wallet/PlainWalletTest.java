package io.cocoon.ton.wallet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.payment.Nanoton;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellBuilder;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.cell.CellSlice;
import io.cocoon.ton.chain.AccountState;
import io.cocoon.ton.chain.Head;
import io.cocoon.ton.chain.Message;
import io.cocoon.ton.chain.MessageCodec;
import io.cocoon.ton.chain.TransactionId;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PlainWalletTest {

    private static final Ed25519Key KEY = Ed25519Key.fromSeed(Int256.fromHex("22".repeat(32)));
    private static final PlainWallet V3 = PlainWallet.v3r2(KEY, Optional.empty());
    private static final PlainWallet V4 = PlainWallet.v4r2(KEY, Optional.empty());
    private static final PlainWallet V5 = PlainWallet.v5r1(KEY, PlainWallet.MAIN_NETWORK, Optional.empty());
    private static final Instant UNTIL = Instant.ofEpochSecond(1_766_003_600);
    private static final Address TO = new Address(0, Int256.fromHex("ab".repeat(32)));

    @Test
    void should_have_the_addresses_that_other_libraries_compute() {
        assertThat(V3.address().toText(false)).isEqualTo("UQA9ZlWBfLGg7yQ4sXynzdTBjJAWJWdUEdOFv6S-0DcXlRR7");
        assertThat(V4.address().toText(false)).isEqualTo("UQAUGur5EsUnRjaGADHOuNpsaTgto82lGpzbfyLm11ymwHON");
        assertThat(V5.address().toText(false)).isEqualTo("UQC9rVYftQutjD6pxHKHfrISz1EoyQLeF95ZNP1ovFGRlMRo");
        assertThat(PlainWallet.v5r1(KEY, PlainWallet.TEST_NETWORK, Optional.empty())
                        .address())
                .isNotEqualTo(V5.address());
    }

    @Test
    void version_4_should_sign_what_follows_the_signature() throws Exception {
        Message message = MessageCodec.read(
                V4.sign(7, UNTIL, List.of(order(1), order(5)), false).message());
        assertThat(message.destination()).contains(V4.address());
        CellSlice in = message.body().beginParse();
        Bytes signature = in.loadBytes(64);
        Cell rest = in.loadRest();
        assertThat(Ed25519Key.verify(KEY.publicKey(), rest.hash().toBytes(), signature))
                .isTrue();
        CellSlice request = rest.beginParse();
        assertThat(request.loadUint(32)).isEqualTo(698983191);
        assertThat(request.loadUint(32)).isEqualTo(UNTIL.getEpochSecond());
        assertThat(request.loadUint(32)).isEqualTo(7);
        assertThat(request.loadUint(8)).isZero();
        assertThat(request.loadUint(8)).isEqualTo(1);
        assertThat(MessageCodec.read(request.loadRef()).value()).isEqualTo(new Nanoton(1));
        assertThat(request.loadUint(8)).isZero();
        assertThat(MessageCodec.read(request.loadRef()).value()).isEqualTo(new Nanoton(5));
        request.end("a request");
    }

    @Test
    void version_3_should_sign_what_version_4_does_but_for_the_operation() throws Exception {
        Message message = MessageCodec.read(
                V3.sign(7, UNTIL, List.of(order(1), order(5)), false).message());
        assertThat(message.destination()).contains(V3.address());
        CellSlice in = message.body().beginParse();
        Bytes signature = in.loadBytes(64);
        Cell rest = in.loadRest();
        assertThat(Ed25519Key.verify(KEY.publicKey(), rest.hash().toBytes(), signature))
                .isTrue();
        CellSlice request = rest.beginParse();
        request.skip(3 * 32);
        assertThat(request.loadUint(8)).isEqualTo(1);
        request.loadRef();
        assertThat(request.loadUint(8)).isZero();
        request.loadRef();
        request.end("a request");
    }

    @Test
    void should_tell_wallets_of_one_key_apart_by_their_ids() throws Exception {
        PlainWallet second = V3.withId(5);
        assertThat(second.address()).isNotEqualTo(V3.address());
        Cell data = new CellBuilder()
                .storeUint(9, 32)
                .storeUint(5, 32)
                .storeInt256(KEY.publicKey())
                .build();
        assertThat(second.seqno(account(second, Optional.of(data)))).isEqualTo(9);
        assertThatThrownBy(() -> V3.seqno(account(V3, Optional.of(data))))
                .isInstanceOf(CellException.class)
                .hasMessageContaining("has id 5");
    }

    @Test
    void version_5_should_sign_what_stands_before_the_signature_and_list_orders_from_the_last_on() throws Exception {
        Message message = MessageCodec.read(
                V5.sign(7, UNTIL, List.of(order(1), order(5)), false).message());
        CellSlice in = message.body().beginParse();
        CellBuilder before = new CellBuilder();
        for (int i = 0; i < 4; i++) {
            before.storeUint(in.loadUint(32), 32);
        }
        before.storeUint(in.loadUint(2), 2);
        Bytes signature = in.loadBytes(64);
        Cell list = in.loadRef();
        in.end("a body");
        Cell unsigned = before.storeRef(list).build();
        assertThat(Ed25519Key.verify(KEY.publicKey(), unsigned.hash().toBytes(), signature))
                .isTrue();
        CellSlice request = unsigned.beginParse();
        assertThat(request.loadUint(32)).isEqualTo(0x7369676e);
        assertThat(request.loadUint(32)).isEqualTo(2147483409);
        assertThat(request.loadUint(32)).isEqualTo(UNTIL.getEpochSecond());
        assertThat(request.loadUint(32)).isEqualTo(7);
        assertThat(request.loadUint(2)).isEqualTo(0b10);

        CellSlice last = list.beginParse();
        CellSlice first = last.loadRef().beginParse();
        assertThat(last.loadUint(32)).isEqualTo(0x0ec3c86d);
        assertThat(last.loadUint(8)).isEqualTo(2);
        assertThat(MessageCodec.read(last.loadRef()).value()).isEqualTo(new Nanoton(5));
        assertThat(first.loadRef()).isEqualTo(Cell.EMPTY);
        assertThat(first.loadUint(32)).isEqualTo(0x0ec3c86d);
        assertThat(first.loadUint(8)).isEqualTo(3);
        assertThat(MessageCodec.read(first.loadRef()).value()).isEqualTo(new Nanoton(1));
    }

    @Test
    void should_read_the_number_of_the_next_message_and_refuse_the_data_of_another_wallet() throws Exception {
        Cell v4 = new CellBuilder()
                .storeUint(9, 32)
                .storeUint(698983191, 32)
                .storeInt256(KEY.publicKey())
                .storeBit(false)
                .build();
        assertThat(V4.seqno(account(V4, Optional.of(v4)))).isEqualTo(9);
        assertThat(V4.seqno(account(V4, Optional.empty()))).isZero();
        assertThatThrownBy(() -> V5.seqno(account(V5, Optional.of(v4)))).isInstanceOf(CellException.class);
        Ed25519Key other = Ed25519Key.fromSeed(Int256.fromHex("33".repeat(32)));
        PlainWallet another = PlainWallet.v4r2(other, Optional.empty());
        assertThatThrownBy(() -> another.seqno(account(another, Optional.of(v4))))
                .isInstanceOf(CellException.class)
                .hasMessageContaining("wanted");
    }

    @Test
    void should_not_deploy_without_the_code_nor_take_another_code() {
        assertThatThrownBy(() -> V4.sign(0, UNTIL, List.of(order(1)), true))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("does not exist yet");
        assertThatThrownBy(() -> PlainWallet.v4r2(KEY, Optional.of(Cell.EMPTY)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void should_refuse_more_orders_than_the_code_takes() {
        assertThatThrownBy(() -> V4.sign(0, UNTIL, Collections.nCopies(5, order(1)), false))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(V5.sign(0, UNTIL, Collections.nCopies(255, order(1)), false).message())
                .isNotNull();
        assertThatThrownBy(() -> V5.sign(0, UNTIL, List.of(), false)).isInstanceOf(IllegalArgumentException.class);
    }

    private static Order order(long value) {
        return new Order(Int256.ZERO, TO, new Nanoton(value), Optional.empty(), Optional.empty());
    }

    private static AccountState account(PlainWallet wallet, Optional<Cell> data) {
        return new AccountState(
                wallet.address(),
                data.isPresent() ? AccountState.Status.ACTIVE : AccountState.Status.NONE,
                Nanoton.ZERO,
                data,
                data,
                TransactionId.NONE,
                new Head(1, Instant.EPOCH));
    }
}
