package io.cocoon.ton.wallet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.cocoon.crypto.Ed25519Key;
import io.cocoon.payment.Nanoton;
import io.cocoon.testdata.TestData;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.BagOfCells;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.chain.AccountState;
import io.cocoon.ton.chain.Head;
import io.cocoon.ton.chain.TransactionId;
import io.cocoon.ton.contract.ContractData;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CocoonWalletTest {

    private static final JsonNode VECTORS = TestData.json("vectors/ton-vectors.json");
    private static final Ed25519Key KEY = Ed25519Key.fromSeed(
            Int256.fromHex(VECTORS.at("/keys/wallet/seed_hex").asText()));

    private static Cell cell(JsonNode holder) throws CellException {
        return BagOfCells.read(Bytes.fromHex(holder.get("boc_hex").asText()));
    }

    /** The order that a message of the vectors came from. */
    private static Order order(Cell message) throws CellException {
        var in = message.beginParse();
        in.loadUint(6);
        Address to = in.loadAddress();
        Nanoton value = in.loadCoins();
        in.loadUint(41);
        in.loadUint(64);
        Optional<Cell> init = Optional.empty();
        if (in.loadBit()) {
            in.loadBit();
            init = Optional.of(in.loadRef());
        }
        Optional<Cell> body = in.loadBit() ? Optional.of(in.loadRef()) : Optional.empty();
        return new Order(Int256.ZERO, to, value, init, body);
    }

    @Test
    void messages_are_those_of_the_reference_bit_by_bit() throws Exception {
        for (JsonNode vector : VECTORS.get("outbound_messages")) {
            Cell message = cell(vector);
            Order order = order(message);

            assertThat(CocoonWallet.message(order).hash()).isEqualTo(message.hash());
            assertThat(CocoonWallet.mode(order))
                    .isEqualTo(vector.at("/fields/send_mode").asInt());
        }
        assertThat(VECTORS.get("outbound_messages")).hasSize(4);
    }

    @Test
    void external_messages_are_those_of_the_reference_bit_by_bit() throws Exception {
        Address owner = Address.parse(VECTORS.at("/addresses/wallet/raw").asText());
        CocoonWallet wallet = CocoonWallet.withCode(KEY, owner, cell(VECTORS.at("/stub_code/wallet")));
        int count = 0;
        for (JsonNode vector : VECTORS.get("wallet_external")) {
            List<Order> orders = new ArrayList<>();
            for (Cell message : cell(vector.get("unsigned_cell")).refs()) {
                orders.add(order(message));
            }
            JsonNode fields = vector.get("fields");
            WalletSigner.SignedExternal signed = wallet.sign(
                    fields.get("seqno").asInt(),
                    Instant.ofEpochSecond(fields.get("valid_until").asLong()),
                    orders,
                    vector.get("includes_state_init").asBoolean());

            assertThat(signed.bodyHash().toHex())
                    .isEqualTo(vector.at("/body/hash_hex").asText());
            assertThat(signed.message().hash().toHex())
                    .isEqualTo(vector.at("/external_message/hash_hex").asText());
            count++;
        }
        assertThat(count).isEqualTo(3);
    }

    @Test
    void should_refuse_to_sign_for_a_blocked_key_and_name_the_owner() {
        Address owner = new Address(0, Int256.fromHex("11".repeat(32)));
        Cell data = new ContractData.Wallet(5, 0, KEY.publicKey(), true, owner).toCell();
        CocoonWallet wallet = CocoonWallet.existing(KEY, owner);
        AccountState account = new AccountState(
                wallet.address(),
                AccountState.Status.ACTIVE,
                Nanoton.ofTon("5"),
                Optional.of(Cell.EMPTY),
                Optional.of(data),
                TransactionId.NONE,
                new Head(1, Instant.EPOCH));

        assertThatThrownBy(() -> wallet.seqno(account))
                .isInstanceOf(CellException.class)
                .hasMessageContaining("blocked")
                .hasMessageContaining(owner.toString());
    }

    @Test
    void should_say_that_it_cannot_deploy_without_a_code() {
        Address owner = new Address(0, Int256.ZERO);
        CocoonWallet wallet = CocoonWallet.existing(KEY, owner);
        Order order = new Order(Int256.ZERO, owner, Nanoton.ofTon("1"), Optional.empty(), Optional.empty());

        assertThatThrownBy(() -> wallet.sign(0, Instant.EPOCH, List.of(order), true))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("withCode");
    }
}
