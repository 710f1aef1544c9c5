package io.cocoon.ton.contract;

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
import io.cocoon.ton.cell.CellBuilder;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.chain.ContractState;
import java.time.Instant;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class MessageBodiesTest {

    private static final JsonNode VECTORS = TestData.json("vectors/ton-vectors.json");

    /** Bodies that no contract takes, or whose form nobody has confirmed. */
    private static final Set<String> NOT_TAKEN = Set.of(
            "do_not_process (bare)",
            "client increase stake as the C++ builder would emit it (defective, amount missing)",
            "client top up and reopen (opcode defined, no deployed handler)",
            "client_proxy_request / register as the Tolk rewrite emits it (no nonce, not deployed)");

    private static Cell cell(JsonNode holder) throws CellException {
        return BagOfCells.read(Bytes.fromHex(holder.get("boc_hex").asText()));
    }

    private static MessageBody read(String to, Cell body) throws CellException {
        if (to.startsWith("client contract")) {
            return ToClient.read(body);
        }
        if (to.startsWith("worker contract")) {
            return ToWorker.read(body);
        }
        if (to.startsWith("proxy contract")) {
            return ToProxy.read(body);
        }
        return to.startsWith("root") ? ToRoot.read(body) : ToWallet.read(body);
    }

    @Test
    void every_body_of_the_vectors_is_read_and_written_to_the_same_cell() throws Exception {
        int same = 0;
        int refused = 0;
        for (JsonNode vector : VECTORS.get("message_bodies")) {
            String name = vector.get("name").asText();
            Cell body = cell(vector);
            String to = vector.get("to").asText();
            if (NOT_TAKEN.contains(name)) {
                assertThatThrownBy(() -> read(to.equals("any contract") ? "proxy contract" : to, body))
                        .as(name)
                        .isInstanceOf(CellException.class);
                refused++;
                continue;
            }
            MessageBody message = switch (name) {
                case "excesses" -> new MessageBody.Excesses(queryId(vector));
                case "payout" -> new MessageBody.Payout(queryId(vector));
                default -> read(to, body);
            };
            assertThat(message.toCell().hash()).as(name).isEqualTo(body.hash());
            assertThat(MessageBody.operation(body)).isEqualTo(operation(vector));
            same++;
        }
        System.out.println("ton-vectors: " + same + " message bodies read and written, " + refused + " refused");
        assertThat(same).isEqualTo(45);
        assertThat(refused).isEqualTo(4);
    }

    private static long queryId(JsonNode vector) {
        return Long.parseUnsignedLong(vector.at("/fields/query_id").asText());
    }

    private static long operation(JsonNode vector) {
        return Long.parseLong(vector.at("/fields/op").asText().substring(2), 16);
    }

    @Test
    void signed_messages_are_made_byte_by_byte_and_submitted_by_anybody() throws Exception {
        Ed25519Key key = Ed25519Key.fromSeed(
                Int256.fromHex(VECTORS.at("/keys/proxy/seed_hex").asText()));
        int made = 0;
        for (JsonNode vector : VECTORS.get("signed_messages")) {
            String name = vector.get("name").asText();
            if (name.startsWith("NEGATIVE")) {
                continue;
            }
            JsonNode fields = vector.get("fields");
            long query = Long.parseUnsignedLong(fields.get("query_id").asText());
            long tokens = Long.parseUnsignedLong(fields.path("tokens").asText("0"));
            Address contract = Address.parse(fields.get("expected_my_address").asText());
            Address excesses = Address.parse(fields.get("send_excesses_to").asText());
            MessageBody message = switch (name) {
                case "client grant refund (final)" -> ToClient.GrantRefund.sign(key, query, tokens, contract, excesses);
                case "worker payout" -> ToWorker.Payout.sign(key, query, tokens, contract, excesses);
                case "worker last payout" -> ToWorker.LastPayout.sign(key, query, tokens, contract, excesses);
                case "proxy close request" -> ToProxy.CloseRequest.sign(key, query, contract, excesses);
                case "proxy close complete" -> ToProxy.CloseComplete.sign(key, query, contract, excesses);
                default -> ToClient.Charge.sign(key, query, tokens, contract, excesses);
            };
            assertThat(message.toCell().hash().toHex())
                    .as(name)
                    .isEqualTo(vector.at("/message_body/hash_hex").asText());
            JsonNode repacked = vector.path("repacked_for_other_excess_address");
            if (message instanceof ToClient.Charge charge && repacked.has("message_body")) {
                ToClient.Charge other = (ToClient.Charge) ToClient.read(cell(repacked.get("message_body")));
                assertThat(charge.envelope().withExcessesTo(other.envelope().excessesTo()))
                        .isEqualTo(other.envelope());
            }
            made++;
        }
        System.out.println("ton-vectors: " + made + " signed messages made");
        assertThat(made).isEqualTo(8);
    }

    @Test
    void contracts_data_is_read_field_by_field_and_written_back() throws Exception {
        for (JsonNode sample : VECTORS.get("storage_samples")) {
            Cell data = cell(sample);
            JsonNode fields = sample.get("fields");
            switch (sample.get("contract").asText()) {
                case "proxy" -> {
                    ContractData.Proxy proxy = ContractData.Proxy.read(data);
                    assertThat(proxy.state()).isEqualTo(ContractState.CLOSING);
                    assertThat(proxy.balance())
                            .isEqualTo(new Nanoton(fields.get("balance").asLong()));
                    assertThat(proxy.unlockAt())
                            .isEqualTo(Instant.ofEpochSecond(
                                    fields.get("unlock_ts").asLong()));
                    assertThat(proxy.toCell().hash()).isEqualTo(data.hash());
                }
                case "client" -> {
                    ContractData.Client client = ContractData.Client.read(data);
                    assertThat(client.state().tokensUsed())
                            .isEqualTo(fields.get("tokens_used").asLong());
                    assertThat(client.state().secretHash().toHex())
                            .isEqualTo(fields.get("secret_hash_hex").asText());
                    assertThat(client.toCell().hash()).isEqualTo(data.hash());
                }
                case "wallet" -> {
                    ContractData.Wallet wallet = ContractData.Wallet.read(data);
                    assertThat(wallet.seqno()).isEqualTo(fields.get("seqno").asInt());
                    assertThat(wallet.blocked()).isTrue();
                    assertThat(wallet.publicKey().toHex())
                            .isEqualTo(fields.get("public_key_hex").asText());
                }
                // 2^63+5 tokens: a number that a contract can hold, and that the network's arithmetic cannot (12.3).
                default ->
                    assertThatThrownBy(() -> ContractData.Worker.read(data))
                            .isInstanceOf(CellException.class)
                            .hasMessageContaining("9223372036854775813");
            }
        }
        assertThat(VECTORS.get("storage_samples")).hasSize(4);
    }

    @Test
    void nothing_may_follow_the_last_field() {
        Cell good = new ToClient.Withdraw(1, new Address(0, Int256.ZERO)).toCell();
        Cell longer;
        try {
            longer = new CellBuilder()
                    .storeSlice(good.beginParse())
                    .storeBit(true)
                    .build();
        } catch (CellException e) {
            throw new AssertionError(e);
        }
        assertThatThrownBy(() -> ToClient.read(longer)).isInstanceOf(CellException.class);
    }

    @Test
    void an_operation_of_another_family_is_named_in_the_refusal() {
        Cell body = new ToWorker.Register(1, new Address(0, Int256.ZERO)).toCell();

        assertThatThrownBy(() -> ToClient.read(body))
                .isInstanceOf(CellException.class)
                .hasMessageContaining("client")
                .hasMessageContaining("26ed7f65");
    }

    /** Bits behind each operation, whatever they are, give a body that is written to the same cell, or a clear refusal. */
    @Property(tries = 600)
    void any_cell_is_a_body_or_is_refused(@ForAll long operationAt, @ForAll byte[] rest) throws Exception {
        JsonNode bodies = VECTORS.get("message_bodies");
        JsonNode vector = bodies.get((int) Math.floorMod(operationAt, bodies.size()));
        CellBuilder out = new CellBuilder().storeUint(operation(vector), 32);
        for (int i = 0; i < Math.min(rest.length, 100); i++) {
            out.storeInt(rest[i], 8);
        }
        Cell body = out.build();
        for (String to : new String[] {"client contract", "worker contract", "proxy contract", "root", "wallet"}) {
            try {
                assertThat(read(to, body).toCell().hash()).isEqualTo(body.hash());
            } catch (CellException e) {
                assertThat(e.getMessage()).isNotEmpty();
            }
        }
    }
}
