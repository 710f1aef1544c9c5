package io.cocoon.ton4j;

import static org.assertj.core.api.Assertions.assertThat;

import com.iwebpp.crypto.TweetNaclFast;
import io.cocoon.crypto.Ed25519Key;
import io.cocoon.payment.Nanoton;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellBuilder;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.cell.CellSlice;
import io.cocoon.ton.chain.Message;
import io.cocoon.ton.chain.MessageCodec;
import io.cocoon.ton.wallet.Order;
import io.cocoon.ton.wallet.PlainWallet;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.ton.ton4j.smartcontract.types.WalletV3Config;
import org.ton.ton4j.smartcontract.types.WalletV4R2Config;
import org.ton.ton4j.smartcontract.types.WalletV5Config;
import org.ton.ton4j.smartcontract.wallet.v3.WalletV3R2;
import org.ton.ton4j.smartcontract.wallet.v4.WalletV4R2;
import org.ton.ton4j.smartcontract.wallet.v5.WalletV5;

/**
 * ton4j as the oracle: addresses and signed messages of wallets, byte by byte.
 *
 * <p>Its wallets of versions 3 and 4 cannot send with mode 0, which they take for "not said" and make 3 of. So there only orders of 1
 * nanoton, which have mode 1, can be compared with their signatures, and the messages of all others without. Its bulk transfer of
 * version 5 puts the wallet's own code into each message, so the list of actions is put together here from its parts.
 */
@SuppressWarnings("deprecation") // the mode as a number: their enum of modes has no 0
class WalletOracleProperties {

    private static final int IGNORE_ERRORS = 2;

    /** A key in both forms. */
    private record Keys(Ed25519Key ours, TweetNaclFast.Signature.KeyPair theirs) {
        static Keys of(Random random) {
            Int256 seed = RandomCells.int256(random);
            return new Keys(Ed25519Key.fromSeed(seed), TweetNaclFast.Signature.keyPair_fromSeed(seed.toByteArray()));
        }
    }

    /** An order without a body, or with one that does not fit beside its message, so that both put it into a cell of its own. */
    private static Order order(Random random, long value) {
        Optional<Cell> body =
                random.nextBoolean() ? Optional.empty() : Optional.of(body(random, 900 + random.nextInt(100)));
        return new Order(
                RandomCells.int256(random), RandomCells.address(random), new Nanoton(value), Optional.empty(), body);
    }

    private static Cell body(Random random, int bits) {
        CellBuilder out = new CellBuilder();
        for (int i = 0; i < bits; i++) {
            out.storeBit(random.nextBoolean());
        }
        return out.build();
    }

    private static int mode(Order order) {
        return order.value().value() > 1 ? 0 : 1;
    }

    private static org.ton.ton4j.cell.@org.jspecify.annotations.Nullable Cell theirs(Optional<Cell> cell) {
        return cell.isEmpty() ? null : Ton4j.cell(cell.get());
    }

    /** Returns the body of a message of ours, which is all that is signed. */
    private static Int256 bodyOf(PlainWallet wallet, int seqno, long until, List<Order> orders) throws CellException {
        Cell message =
                wallet.sign(seqno, Instant.ofEpochSecond(until), orders, false).message();
        return MessageCodec.read(message).body().hash();
    }

    /** Returns the message of an order as ton4j makes it. */
    private static org.ton.ton4j.cell.Cell message(Keys keys, Order order) {
        return WalletV3R2.builder()
                .keyPair(keys.theirs())
                .walletId(1)
                .build()
                .createTransferBody(WalletV3Config.builder()
                        .walletId(1)
                        .validUntil(1)
                        .bounce(true)
                        .destination(Ton4j.address(order.to()))
                        .amount(BigInteger.valueOf(order.value().value()))
                        .body(theirs(order.body()))
                        .build())
                .getRefs()
                .get(0);
    }

    private static long until(Random random) {
        return 1 + random.nextInt(Integer.MAX_VALUE);
    }

    @Property(tries = 150)
    void version_3_has_the_same_address_and_signs_the_same(
            @ForAll long seed, @ForAll int id, @ForAll @IntRange(max = 9_999) int seqno) throws CellException {
        Random random = new Random(seed);
        Keys keys = Keys.of(random);
        long walletId = Integer.toUnsignedLong(id);
        PlainWallet ours = PlainWallet.v3r2(keys.ours(), Optional.empty()).withId(id);
        WalletV3R2 theirs =
                WalletV3R2.builder().keyPair(keys.theirs()).walletId(walletId).build();
        assertThat(Ton4j.address(theirs.getAddress())).isEqualTo(ours.address());

        Order order = order(random, 1);
        long until = until(random);
        Cell message = Ton4j.cell(theirs.prepareExternalMsg(WalletV3Config.builder()
                        .walletId(walletId)
                        .seqno(seqno)
                        .validUntil(until)
                        .bounce(true)
                        .mode(mode(order))
                        .destination(Ton4j.address(order.to()))
                        .amount(BigInteger.valueOf(order.value().value()))
                        .body(theirs(order.body()))
                        .build())
                .toCell());

        assertThat(MessageCodec.read(message).destination()).contains(ours.address());
        assertThat(MessageCodec.read(message).body().hash()).isEqualTo(bodyOf(ours, seqno, until, List.of(order)));
    }

    @Property(tries = 150)
    void version_4_has_the_same_address_and_signs_the_same(
            @ForAll long seed, @ForAll int id, @ForAll @IntRange(max = 9_999) int seqno) throws CellException {
        Random random = new Random(seed);
        Keys keys = Keys.of(random);
        long walletId = Integer.toUnsignedLong(id);
        PlainWallet ours = PlainWallet.v4r2(keys.ours(), Optional.empty()).withId(id);
        WalletV4R2 theirs =
                WalletV4R2.builder().keyPair(keys.theirs()).walletId(walletId).build();
        assertThat(Ton4j.address(theirs.getAddress())).isEqualTo(ours.address());

        Order order = order(random, 1);
        long until = until(random);
        Cell message = Ton4j.cell(theirs.prepareExternalMsg(WalletV4R2Config.builder()
                        .walletId(walletId)
                        .seqno(seqno)
                        .validUntil(until)
                        .bounce(true)
                        .mode(mode(order))
                        .destination(Ton4j.address(order.to()))
                        .amount(BigInteger.valueOf(order.value().value()))
                        .body(theirs(order.body()))
                        .build())
                .toCell());

        assertThat(MessageCodec.read(message).body().hash()).isEqualTo(bodyOf(ours, seqno, until, List.of(order)));
    }

    @Property(tries = 100)
    void version_5_has_the_same_address_and_signs_the_same(
            @ForAll long seed, @ForAll @IntRange(max = 9_999) int seqno, @ForAll @IntRange(min = 1, max = 8) int count)
            throws CellException {
        Random random = new Random(seed);
        Keys keys = Keys.of(random);
        int globalId = random.nextBoolean() ? PlainWallet.MAIN_NETWORK : PlainWallet.TEST_NETWORK;
        long walletId = Integer.toUnsignedLong(globalId ^ Integer.MIN_VALUE);
        PlainWallet ours = PlainWallet.v5r1(keys.ours(), globalId, Optional.empty());
        WalletV5 theirs = WalletV5.builder()
                .keyPair(keys.theirs())
                .walletId(walletId)
                .isSigAuthAllowed(true)
                .build();
        assertThat(Ton4j.address(theirs.getAddress())).isEqualTo(ours.address());

        List<Order> orders = new ArrayList<>();
        var actions = org.ton.ton4j.cell.CellBuilder.beginCell().endCell();
        for (int i = 0; i < count; i++) {
            Order order = order(random, 1 + random.nextInt(Integer.MAX_VALUE));
            orders.add(order);
            actions = org.ton.ton4j.cell.CellBuilder.beginCell()
                    .storeRef(actions)
                    .storeUint(0x0ec3c86d, 32)
                    .storeUint(mode(order) | IGNORE_ERRORS, 8)
                    .storeRef(message(keys, order))
                    .endCell();
        }
        long until = until(random);
        Cell body = Ton4j.cell(theirs.prepareExternalMsg(WalletV5Config.builder()
                        .walletId(walletId)
                        .seqno(seqno)
                        .validUntil(until)
                        .body(org.ton.ton4j.cell.CellBuilder.beginCell()
                                .storeBit(true)
                                .storeRef(actions)
                                .storeBit(false)
                                .endCell())
                        .build())
                .getBody());

        assertThat(body.hash()).isEqualTo(bodyOf(ours, seqno, until, orders));
    }

    @Property(tries = 300)
    void a_message_of_any_value_is_the_same(@ForAll long seed) throws CellException {
        Random random = new Random(seed);
        Order order = order(random, 1 + (random.nextLong() >>> 2 + random.nextInt(60)));
        assertThat(Ton4j.cell(message(Keys.of(random), order)).hash())
                .isEqualTo(MessageCodec.internal(order.to(), order.value(), order.init(), order.body())
                        .hash());
    }

    /** ton4j puts a small body beside its message and we put every body into a cell: other bytes, the same message. */
    @Property(tries = 200)
    void a_small_body_is_read_the_same(@ForAll long seed, @ForAll @IntRange(max = 500) int bits) throws CellException {
        Random random = new Random(seed);
        Keys keys = Keys.of(random);
        Cell body = body(random, bits);
        Address to = RandomCells.address(random);
        WalletV3R2 wallet =
                WalletV3R2.builder().keyPair(keys.theirs()).walletId(1).build();
        Cell external = Ton4j.cell(wallet.prepareExternalMsg(WalletV3Config.builder()
                        .walletId(1)
                        .seqno(1)
                        .validUntil(1)
                        .bounce(true)
                        .mode(1)
                        .destination(Ton4j.address(to))
                        .amount(BigInteger.TEN)
                        .body(Ton4j.cell(body))
                        .build())
                .toCell());
        CellSlice in = MessageCodec.read(external).body().beginParse();
        in.skip(512 + 96 + 8);
        Message theirs = MessageCodec.read(in.loadRef());
        Message ours =
                MessageCodec.read(MessageCodec.internal(to, new Nanoton(10), Optional.empty(), Optional.of(body)));

        assertThat(theirs.body()).isEqualTo(ours.body()).isEqualTo(body);
        assertThat(theirs.destination()).isEqualTo(ours.destination());
        assertThat(theirs.value()).isEqualTo(ours.value());
        assertThat(theirs.bounce()).isEqualTo(ours.bounce());
    }

    @Property(tries = 200)
    void a_signature_of_ours_is_one_to_them_and_theirs_to_us(@ForAll long seed, @ForAll byte[] text) {
        Keys keys = Keys.of(new Random(seed));
        byte[] ours = keys.ours().sign(Bytes.copyOf(text)).toByteArray();
        byte[] theirs = org.ton.ton4j.utils.Utils.signData(
                keys.theirs().getPublicKey(), keys.theirs().getSecretKey(), text);
        assertThat(ours).isEqualTo(theirs);
        assertThat(Ed25519Key.verify(keys.ours().publicKey(), Bytes.copyOf(text), Bytes.copyOf(theirs)))
                .isTrue();
    }
}
