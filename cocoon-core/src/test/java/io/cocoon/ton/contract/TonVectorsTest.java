package io.cocoon.ton.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.cocoon.crypto.Ed25519Key;
import io.cocoon.payment.Nanoton;
import io.cocoon.payment.PaymentException;
import io.cocoon.payment.Prices;
import io.cocoon.payment.SignedPayments;
import io.cocoon.testdata.TestData;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.BagOfCells;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellBuilder;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.cell.StateInit;
import io.cocoon.ton.chain.RootState;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TonVectorsTest {

    private static final JsonNode VECTORS = TestData.json("vectors/ton-vectors.json");
    private static final JsonNode VECTORS_2026 = TestData.json("vectors/wire-vectors-2026.json");

    @Test
    void every_bag_of_the_vectors_has_its_hash_bits_references_and_depth_and_survives_writing() throws Exception {
        int bags = 0;
        for (JsonNode holder : VECTORS.findParents("boc_hex")) {
            Cell cell = cell(holder);
            Cell again = BagOfCells.read(BagOfCells.write(cell));
            assertThat(again.hash()).isEqualTo(cell.hash());
            if (holder.has("hash_hex")) {
                assertThat(cell.hash().toHex()).isEqualTo(holder.get("hash_hex").asText());
            }
            if (holder.has("depth")) {
                assertThat(cell.depth()).isEqualTo(holder.get("depth").asInt());
                assertThat(cell.bits()).isEqualTo(holder.get("bits").asInt());
                assertThat(cell.refCount()).isEqualTo(holder.get("refs").asInt());
            }
            bags++;
        }
        System.out.println("ton-vectors: " + bags + " bags");
        assertThat(bags).isGreaterThan(150);
    }

    @Test
    void coins_have_their_shortest_form() throws Exception {
        for (JsonNode sample : VECTORS.get("coins")) {
            BigInteger value = new BigInteger(sample.get("value").asText());
            Cell cell = new CellBuilder().storeCoins(value).build();
            assertThat(cell.bits()).isEqualTo(sample.get("bit_length").asInt());
            BigInteger bits = new BigInteger(sample.get("bits").asText(), 16);
            for (int i = 0; i < cell.bits(); i++) {
                boolean expected = bits.testBit(cell.bits() - 1 - i);
                assertThat(bit(cell, i)).isEqualTo(expected);
            }
            assertThat(cell.beginParse().loadBigCoins()).isEqualTo(value);
        }
        Cell notShortest = new CellBuilder().storeUint(2, 4).storeUint(1, 16).build();
        assertThatThrownBy(() -> notShortest.beginParse().loadBigCoins()).isInstanceOf(CellException.class);
    }

    @Test
    void addresses_have_all_their_text_forms() {
        int count = 0;
        for (JsonNode node : VECTORS.get("addresses")) {
            if (node.has("raw")) {
                Address address = Address.parse(node.get("raw").asText());
                assertThat(address.toText(true, false))
                        .isEqualTo(node.get("bounceable_url").asText());
                assertThat(address.toText(false))
                        .isEqualTo(node.get("non_bounceable_url").asText());
                assertThat(address.toText(true))
                        .isEqualTo(node.get("non_bounceable_testnet_url").asText());
                assertThat(Address.parse(address.toText(true))).isEqualTo(address);
                count++;
            }
        }
        assertThat(count).isEqualTo(8);
    }

    @Test
    void parameter_cells_are_written_bit_by_bit_and_read_back() throws Exception {
        int count = 0;
        for (JsonNode vector : VECTORS.get("params_cells")) {
            RootState.Params params = params(vector.get("fields"));
            int mask = vector.get("code_mask").asInt();
            assertThat(ParamsCell.write(params, mask).hash().toHex())
                    .isEqualTo(vector.get("hash_hex").asText());
            RootState.Params read = ParamsCell.read(cell(vector));
            assertThat(ParamsCell.write(read, mask).hash())
                    .isEqualTo(cell(vector).hash());
            assertThat(read.prices().perToken()).isEqualTo(params.prices().perToken());
            count++;
        }
        System.out.println("ton-vectors: " + count + " parameter cells");
        assertThat(count).isEqualTo(16);
    }

    @Test
    void contract_addresses_follow_from_the_parameters() throws Exception {
        int count = 0;
        for (JsonNode vector : VECTORS.get("state_inits")) {
            JsonNode fields = vector.get("fields");
            Address expected = Address.parse(vector.get("address").get("raw").asText());
            Int256 key = Int256.fromHex(fields.get("public_key_hex").asText());
            Address owner = Address.parse(fields.get("owner").asText());
            Address actual;
            if (vector.get("contract").asText().equals("wallet")) {
                Cell code =
                        Cell.pruned(Int256.fromHex(vector.get("code_hash_hex").asText()), 0);
                actual = ContractAddresses.wallet(code, key, owner);
            } else {
                Address root =
                        fields.has("root") ? Address.parse(fields.get("root").asText()) : owner;
                int layout = fields.get("params_struct_version").asInt();
                RootState state = root(root, layout);
                actual = switch (vector.get("contract").asText()) {
                    case "proxy" -> ContractAddresses.proxy(state, owner, key);
                    case "worker" ->
                        ContractAddresses.worker(
                                state, owner, Address.parse(fields.get("proxy").asText()), key);
                    default ->
                        ContractAddresses.client(
                                state, owner, Address.parse(fields.get("proxy").asText()), key);
                };
            }
            assertThat(actual).as(vector.get("name").asText()).isEqualTo(expected);
            assertThat(StateInit.cell(cell(vector.get("state_init")).ref(0), cell(vector.get("data")))
                            .hash())
                    .isEqualTo(cell(vector.get("state_init")).hash());
            count++;
        }
        System.out.println("ton-vectors: " + count + " addresses of contracts");
        assertThat(count).isEqualTo(13);
    }

    @Test
    void addresses_of_the_main_network_follow_from_hash_and_depth_of_the_codes() throws Exception {
        JsonNode main = VECTORS.get("mainnet");
        RootState state = mainnet(main);
        Int256 key = Int256.fromHex(main.get("proxy").get("public_key_hex").asText());
        Address proxy =
                Address.parse(main.get("proxy").get("address").get("raw").asText());
        assertThat(ContractAddresses.proxy(
                        state, Address.parse(main.get("proxy").get("owner").asText()), key))
                .isEqualTo(proxy);
        Address owner = Address.parse(main.get("client").get("owner_wallet").asText());
        assertThat(ContractAddresses.client(state, owner, proxy, key))
                .isEqualTo(Address.parse(
                        main.get("client").get("address").get("raw").asText()));
    }

    @Test
    void root_states_of_all_layouts_are_read() throws Exception {
        int count = 0;
        for (JsonNode vector : VECTORS.get("root_states")) {
            JsonNode fields = vector.get("fields");
            RootState state = RootStateCodec.read(new Address(0, Int256.ZERO), cell(vector));
            assertThat(state.version()).isEqualTo(fields.get("version").asInt());
            assertThat(state.owner())
                    .isEqualTo(Address.parse(fields.get("owner").asText()));
            assertThat(state.proxyHashes()).hasSize(fields.get("proxy_hashes").size());
            for (JsonNode hash : fields.get("worker_hashes")) {
                assertThat(state.workerHashes()).contains(Int256.fromHex(hash.asText()));
            }
            assertThat(state.modelHashes()).hasSize(fields.get("model_hashes").size());
            assertThat(state.proxies()).hasSize(fields.get("registered_proxies").size());
            assertThat(state.params().structVersion())
                    .isEqualTo(vector.get("struct_version").asInt());
            JsonNode manager = fields.path("key_manager");
            assertThat(state.networkKeys()).hasSize(manager.path("public_keys").size());
            String address = manager.path("key_manager_address").asText("");
            assertThat(state.keyManager().map(km -> km.address().toString()).orElse(""))
                    .isEqualTo(address);
            count++;
        }
        System.out.println("ton-vectors: " + count + " root states");
        assertThat(count).isEqualTo(8);
    }

    @Test
    void root_states_of_the_later_generation_are_read_or_refused() {
        int read = 0;
        int refused = 0;
        for (JsonNode vector : VECTORS_2026.get("root_contract_state")) {
            Optional<RootState> state = tryRead(vector);
            boolean ok = vector.path("ok").asBoolean(true);
            assertThat(state.isPresent()).as(vector.path("comment").asText()).isEqualTo(ok);
            if (state.isEmpty()) {
                refused++;
                continue;
            }
            read++;
            JsonNode parsed = vector.path("parsed");
            assertThat(state.get().version()).isEqualTo(parsed.get("version").asInt());
            assertThat(state.get().proxies())
                    .hasSize(parsed.get("registered_proxies").size());
            assertThat(state.get().networkKeys())
                    .hasSize(parsed.get("registered_public_keys").size());
            assertThat(state.get().lastProxySeqno())
                    .isEqualTo(parsed.get("last_proxy_seqno").asInt());
        }
        System.out.println("wire-vectors-2026: " + read + " root states read, " + refused + " refused");
        assertThat(read).isPositive();
        assertThat(refused).isPositive();
    }

    private static Optional<RootState> tryRead(JsonNode vector) {
        try {
            return Optional.of(RootStateCodec.read(new Address(0, Int256.ZERO), cell(vector)));
        } catch (CellException e) {
            return Optional.empty();
        }
    }

    @Test
    void the_key_managers_registration_is_byte_exact() {
        for (JsonNode vector : VECTORS_2026.get("root_messages")) {
            Cell body = KeyManagerMessages.addPublicKey(
                    Ed25519Key.fromSeed(
                            Int256.fromHex(vector.get("key_manager_seed").asText())),
                    Long.parseUnsignedLong(vector.get("query_id").asText().substring(2), 16),
                    Int256.fromHex(vector.get("public_key").asText()),
                    vector.get("key_type").asInt(),
                    Instant.ofEpochSecond(vector.get("valid_until").asLong()),
                    Address.parse(vector.get("excesses_to").asText()));
            assertThat(body.hash().toHex())
                    .isEqualTo(vector.get("body_cell_hash").asText());
            assertThat(BagOfCells.write(body).toHex())
                    .isEqualTo(vector.get("body_boc_hex").asText());
        }
    }

    @Test
    void payments_are_signed_byte_by_byte_and_checked_and_every_wrong_one_is_refused() throws Exception {
        Ed25519Key key = Ed25519Key.fromSeed(
                Int256.fromHex(VECTORS.at("/keys/proxy/seed_hex").asText()));
        Address client =
                Address.parse(VECTORS.at("/reference_accounts/client/raw").asText());
        Address worker =
                Address.parse(VECTORS.at("/reference_accounts/worker/raw").asText());
        int accepted = 0;
        int refused = 0;
        for (JsonNode vector : VECTORS.get("signed_messages")) {
            String name = vector.get("name").asText();
            Bytes body = Bytes.fromHex(vector.at("/message_body/boc_hex").asText());
            JsonNode fields = vector.get("fields");
            boolean worker0 = name.startsWith("worker");
            SignedPayments.Kind kind = worker0 ? SignedPayments.Kind.WORKER_PAYOUT : SignedPayments.Kind.CLIENT_CHARGE;
            Address contract = worker0 ? worker : client;
            boolean good = Set.of("client charge", "client charge, zero query id", "worker payout")
                    .contains(name);
            if (!good) {
                assertThatThrownBy(() -> SignedPayments.check(body, kind, contract, key.publicKey()))
                        .as(name)
                        .isInstanceOf(PaymentException.class);
                refused++;
                continue;
            }
            long tokens = fields.get("tokens").asLong();
            assertThat(SignedPayments.check(body, kind, contract, key.publicKey()))
                    .isEqualTo(tokens);
            Bytes repacked = Bytes.fromHex(vector.at("/repacked_for_other_excess_address/message_body/boc_hex")
                    .asText());
            assertThat(SignedPayments.check(repacked, kind, contract, key.publicKey()))
                    .isEqualTo(tokens);
            Bytes signed = SignedPayments.sign(
                    key,
                    kind,
                    contract,
                    tokens,
                    fields.get("query_id").asLong(),
                    Address.parse(fields.get("send_excesses_to").asText()));
            assertThat(signed.toHex()).isEqualTo(body.toHex());
            accepted++;
        }
        System.out.println("ton-vectors: " + accepted + " payments accepted, " + refused + " refused");
        assertThat(accepted).isEqualTo(3);
        assertThat(refused).isEqualTo(9);
    }

    private static boolean bit(Cell cell, int index) throws CellException {
        var slice = cell.beginParse();
        for (int i = 0; i < index; i++) {
            slice.loadBit();
        }
        return slice.loadBit();
    }

    private static Cell cell(JsonNode holder) throws CellException {
        return BagOfCells.read(Bytes.fromHex(holder.get("boc_hex").asText()));
    }

    private static Bytes stub(String name) {
        return Bytes.fromHex(VECTORS.at("/stub_code/" + name + "/boc_hex").asText());
    }

    private static RootState.Params params(JsonNode fields) {
        return params(fields, stub("proxy"), stub("worker"), stub("client"));
    }

    private static RootState.Params params(JsonNode fields, Bytes proxy, Bytes worker, Bytes client) {
        return new RootState.Params(
                fields.get("struct_version").asInt(),
                fields.get("params_version").asInt(),
                fields.get("unique_id").asInt(),
                fields.get("is_test").asBoolean(),
                new Prices(
                        new Nanoton(fields.get("price_per_token").asLong()),
                        new Nanoton(fields.get("worker_fee_per_token").asLong()),
                        fields.get("prompt_tokens_price_multiplier").asInt(),
                        fields.get("cached_tokens_price_multiplier").asInt(),
                        fields.get("completion_tokens_price_multiplier").asInt(),
                        fields.get("reasoning_tokens_price_multiplier").asInt()),
                Duration.ofSeconds(fields.get("proxy_delay_before_close").asLong()),
                Duration.ofSeconds(fields.get("client_delay_before_close").asLong()),
                new Nanoton(fields.get("min_proxy_stake").asLong()),
                new Nanoton(fields.get("min_client_stake").asLong()),
                proxy,
                worker,
                client);
    }

    private static RootState root(Address root, int layout) {
        for (JsonNode vector : VECTORS.get("params_cells")) {
            if (vector.get("struct_version").asInt() == layout) {
                return state(root, params(vector.get("fields")));
            }
        }
        throw new IllegalArgumentException("no parameters of layout " + layout);
    }

    private static RootState mainnet(JsonNode main) {
        Address root = Address.parse(main.get("root_address").get("raw").asText());
        JsonNode code = main.get("code");
        return state(
                root,
                params(main.get("fields"), pruned(code, "proxy"), pruned(code, "worker"), pruned(code, "client")));
    }

    private static Bytes pruned(JsonNode code, String name) {
        JsonNode node = code.get(name);
        return BagOfCells.write(Cell.pruned(
                Int256.fromHex(node.get("hash_hex").asText()), node.get("depth").asInt()));
    }

    private static RootState state(Address root, RootState.Params params) {
        return new RootState(
                root, root, 1, params, List.of(), 0, Set.of(), Set.of(), Set.of(), List.of(), Optional.empty());
    }
}
