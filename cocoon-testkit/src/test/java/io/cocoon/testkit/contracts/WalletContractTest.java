package io.cocoon.testkit.contracts;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellBuilder;
import io.cocoon.ton.cell.CellException;
import java.math.BigInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The Cocoon wallet, as recorded (vectors: wallet_scenario). */
class WalletContractTest {

    private static final long TON = 1_000_000_000L;
    private static final Address OWNER = new Address(0, Int256.fromHex("0a".repeat(32)));
    private static final Address STRANGER = new Address(0, Int256.fromHex("0b".repeat(32)));

    private final ContractChain chain = new ContractChain();
    private Address wallet = STRANGER;

    @BeforeEach
    void deploy() throws CellException {
        Cell data = new CellBuilder()
                .storeUint(0, 32)
                .storeUint(0, 32)
                .storeInt256(ContractWorld.PROXY_KEY.publicKey())
                .storeUint(0, 32)
                .storeAddress(OWNER)
                .build();
        wallet = chain.deploy(STRANGER, ContractCode.current().wallet(), data, BigInteger.valueOf(3 * TON));
    }

    private Object send(Ed25519Key key, long subwallet, long validUntil, long seqno, long value) throws CellException {
        Cell message = new CellBuilder()
                .storeUint(0b0100, 4)
                .storeUint(0, 2)
                .storeAddress(STRANGER)
                .storeCoins(BigInteger.valueOf(value))
                .storeUint(0, 1 + 4 + 4 + 32)
                .storeUint(0, 64)
                .storeUint(0, 2)
                .build();
        CellBuilder unsigned = new CellBuilder()
                .storeUint(subwallet, 32)
                .storeUint(validUntil, 32)
                .storeUint(seqno, 32)
                .storeUint(0, 8)
                .storeRef(message);
        Cell content = unsigned.build();
        return chain.sendExternal(
                wallet,
                new CellBuilder()
                        .storeBytes(key.sign(content.hash().toBytes()))
                        .storeSlice(content.beginParse())
                        .build());
    }

    private Object send(long seqno, long value) throws CellException {
        return send(ContractWorld.PROXY_KEY, 0, chain.now() + 1, seqno, value);
    }

    private ContractChain.Ran text(Address from, char letter) throws CellException {
        Cell body = new CellBuilder().storeUint(0, 32).storeUint(letter, 8).build();
        return chain.send(from, wallet, BigInteger.valueOf(TON), body).get(0);
    }

    private long seqno() throws CellException {
        return chain.data(wallet).loadUint(32);
    }

    @Test
    void should_send_once() throws CellException {
        assertThat(send(0, TON / 10))
                .isInstanceOfSatisfying(
                        ContractChain.Ran.class, ran -> assertThat(ran.out()).hasSize(1));
        assertThat(seqno()).isEqualTo(1);
        assertThat(send(0, TON / 10)).isEqualTo(1032);
    }

    @Test
    void should_refuse_what_is_late_or_not_its_own() throws CellException {
        assertThat(send(ContractWorld.PROXY_KEY, 0, chain.now(), 0, 1)).isEqualTo(1030);
        assertThat(send(ContractWorld.PROXY_KEY, 1, chain.now() + 1, 0, 1)).isEqualTo(1033);
        assertThat(send(ContractWorld.WRONG_KEY, 0, chain.now() + 1, 0, 1)).isEqualTo(1034);
        assertThat(seqno()).isZero();
    }

    @Test
    void should_not_advance_when_it_cannot_send() throws CellException {
        assertThat(send(0, 100 * TON))
                .isInstanceOfSatisfying(
                        ContractChain.Ran.class,
                        ran -> assertThat(ran.actionResult()).isEqualTo(37));
        assertThat(seqno()).isZero();
    }

    @Test
    void should_spend_nothing_below_two_tons() throws CellException {
        send(0, 3 * TON / 2);

        assertThat(send(1, 1)).isEqualTo(1035);
    }

    @Test
    void should_obey_its_owner_only() throws CellException {
        assertThat(text(STRANGER, 'b').exitCode()).isEqualTo(1040);
        assertThat(text(OWNER, 'x').exitCode()).isEqualTo(1041);
        assertThat(text(OWNER, 'b').exitCode()).isZero();
        assertThat(send(0, 1)).isEqualTo(1031);
        assertThat(text(OWNER, 'u').exitCode()).isZero();
        assertThat(send(0, 1)).isInstanceOf(ContractChain.Ran.class);
        assertThat(text(OWNER, 'w').out()).hasSize(1);
    }
}
