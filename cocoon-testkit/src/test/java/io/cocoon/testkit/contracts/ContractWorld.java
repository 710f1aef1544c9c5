package io.cocoon.testkit.contracts;

import com.fasterxml.jackson.databind.JsonNode;
import io.cocoon.crypto.Ed25519Key;
import io.cocoon.testdata.TestData;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellBuilder;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.cell.CellSlice;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One proxy, one client and one worker contract, and the wallets around them, as the recorded scenarios begin. */
final class ContractWorld {

    static final JsonNode VECTORS = TestData.json("vectors/ton-vectors.json");
    static final Ed25519Key PROXY_KEY = key("proxy");
    static final Ed25519Key WRONG_KEY = key("wrong");
    static final long QUERY_ID = 0x0102030405060708L;

    private static final long MULTIPLIER = 10_000;
    private static final BigInteger PROXY_STAKE = BigInteger.valueOf(1_000_000_000);
    private static final List<String> WALLETS =
            List.of("proxy_owner", "client_owner", "worker_owner", "root", "stranger", "excess_target");

    final ContractChain chain = new ContractChain();
    private final Map<String, Address> actors = new LinkedHashMap<>();
    private final BigInteger minClientStake;

    /**
     * Deploys the contracts.
     *
     * @param structVersion 3 or 4
     * @param scenario with {@code params} and {@code deploy_values}
     */
    ContractWorld(int structVersion, JsonNode scenario) throws CellException {
        ContractCode code = ContractCode.of(structVersion);
        JsonNode params = scenario.path("params");
        minClientStake = new BigInteger(params.path("min_client_stake").asText());
        WALLETS.forEach(name -> actors.put(name, wallet(name)));
        Cell forProxy = params(code, params, true);
        Cell forOthers = params(code, params, false);
        Cell proxyData = new CellBuilder()
                .storeAddress(actor("proxy_owner"))
                .storeInt256(PROXY_KEY.publicKey())
                .storeAddress(actor("root"))
                .storeUint(0, 2)
                .storeCoins(BigInteger.ZERO)
                .storeCoins(BigInteger.ZERO)
                .storeUint(0, 32)
                .storeRef(forProxy)
                .build();
        deploy("proxy", code.proxy(), proxyData, scenario);
        Cell fixed = new CellBuilder()
                .storeAddress(actor("client_owner"))
                .storeAddress(actor("proxy"))
                .storeInt256(PROXY_KEY.publicKey())
                .build();
        Cell clientData = new CellBuilder()
                .storeUint(0, 2)
                .storeCoins(BigInteger.ZERO)
                .storeCoins(minClientStake)
                .storeUint(0, 64)
                .storeUint(0, 32)
                .storeInt256(Int256.ZERO)
                .storeRef(fixed)
                .storeRef(forOthers)
                .build();
        deploy("client", code.client(), clientData, scenario);
        Cell workerData = new CellBuilder()
                .storeAddress(actor("worker_owner"))
                .storeAddress(actor("proxy"))
                .storeInt256(PROXY_KEY.publicKey())
                .storeUint(0, 2)
                .storeUint(0, 64)
                .storeRef(forOthers)
                .build();
        deploy("worker", code.worker(), workerData, scenario);
    }

    private static Ed25519Key key(String name) {
        return Ed25519Key.fromSeed(
                Int256.fromHex(VECTORS.path("keys").path(name).path("seed_hex").asText()));
    }

    private static Address wallet(String name) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(name.getBytes(StandardCharsets.UTF_8));
            return new Address(0, Int256.of(hash));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Cell params(ContractCode code, JsonNode params, boolean codes) {
        CellBuilder out = new CellBuilder()
                .storeUint(code.structVersion(), 8)
                .storeUint(1, 32)
                .storeUint(1, 32)
                .storeBit(false)
                .storeCoins(new BigInteger(params.path("price_per_token").asText()))
                .storeCoins(new BigInteger(params.path("worker_fee_per_token").asText()));
        for (int i = 0; i < 4; i++) {
            out.storeUint(MULTIPLIER, 32);
        }
        out.storeUint(params.path("proxy_delay").asLong(), 32)
                .storeUint(params.path("client_delay").asLong(), 32)
                .storeCoins(PROXY_STAKE)
                .storeCoins(new BigInteger(params.path("min_client_stake").asText()))
                .storeBit(false);
        if (codes) {
            out.storeBit(true).storeRef(code.worker()).storeBit(true).storeRef(code.client());
        } else {
            out.storeUint(0, 2);
        }
        return out.build();
    }

    private void deploy(String name, Cell code, Cell data, JsonNode scenario) throws CellException {
        BigInteger value = new BigDecimal(
                        scenario.path("deploy_values").path(name).asText())
                .movePointRight(9)
                .toBigIntegerExact();
        actors.put(name, chain.deploy(actor("stranger"), code, data, value));
    }

    Address actor(String name) {
        Address address = actors.get(name);
        if (address == null) {
            throw new IllegalArgumentException("no such actor: " + name);
        }
        return address;
    }

    /** Returns the name of an address. */
    String name(Address address) {
        return actors.entrySet().stream()
                .filter(entry -> entry.getValue().equals(address))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseThrow(() -> new AssertionError("a message to or from nobody: " + address));
    }

    /** Delivers a message and all that follow from it. */
    List<ContractChain.Ran> send(String from, String to, long value, Cell body) throws CellException {
        return chain.send(actor(from), actor(to), BigInteger.valueOf(value), body);
    }

    /** What the vectors call {@code after}, as texts. */
    Map<String, Map<String, String>> state() throws CellException {
        return Map.of("client", clientState(), "proxy", proxyState(), "worker", workerState());
    }

    Map<String, String> clientState() throws CellException {
        CellSlice in = chain.data(actor("client"));
        Map<String, String> state = new LinkedHashMap<>();
        state.put("state", Long.toString(in.loadUint(2)));
        state.put("balance", in.loadBigCoins().toString());
        state.put("stake", in.loadBigCoins().toString());
        state.put("tokens_used", Long.toUnsignedString(in.loadUint(64)));
        state.put("unlock_ts", Long.toString(in.loadUint(32)));
        state.put("secret_hash", new BigInteger(1, in.loadInt256().toByteArray()).toString(16));
        return state;
    }

    Map<String, String> proxyState() throws CellException {
        CellSlice in = chain.data(actor("proxy"));
        in.loadAddress();
        in.loadInt256();
        in.loadAddress();
        Map<String, String> state = new LinkedHashMap<>();
        state.put("state", Long.toString(in.loadUint(2)));
        state.put("balance", in.loadBigCoins().toString());
        state.put("stake", in.loadBigCoins().toString());
        state.put("unlock_ts", Long.toString(in.loadUint(32)));
        return state;
    }

    Map<String, String> workerState() throws CellException {
        CellSlice in = chain.data(actor("worker"));
        in.loadAddress();
        in.loadAddress();
        in.loadInt256();
        Map<String, String> state = new LinkedHashMap<>();
        state.put("state", Long.toString(in.loadUint(2)));
        state.put("tokens", Long.toUnsignedString(in.loadUint(64)));
        return state;
    }

    // ---- bodies

    /** A body with op and query id, to go on with. */
    static CellBuilder body(long op) {
        return new CellBuilder().storeUint(op, 32).storeUint(QUERY_ID, 64);
    }

    /** A body with nothing but the excess address. */
    Cell plain(long op) {
        return body(op).storeAddress(actor("excess_target")).build();
    }

    /** The signed part for a client or worker contract. */
    Cell signedTokens(long op, String contract, long tokens) {
        return body(op).storeUint(tokens, 64).storeAddress(actor(contract)).build();
    }

    /** The signed part for a proxy contract. */
    Cell signedClose(long op, String contract) {
        return body(op).storeAddress(actor(contract)).build();
    }

    Cell envelope(long op, long queryId, Ed25519Key key, Cell signed) {
        return new CellBuilder()
                .storeUint(op, 32)
                .storeUint(queryId, 64)
                .storeAddress(actor("excess_target"))
                .storeBytes(key.sign(signed.hash().toBytes()))
                .storeRef(signed)
                .build();
    }

    /** A request of a client contract whose state is the initial one. */
    Cell clientRequest(CellBuilder payload) {
        return clientRequest().storeBit(true).storeRef(payload.build()).build();
    }

    CellBuilder clientRequest() {
        Cell state = new CellBuilder()
                .storeUint(0, 2)
                .storeCoins(BigInteger.ZERO)
                .storeCoins(minClientStake)
                .storeUint(0, 64)
                .storeInt256(Int256.ZERO)
                .build();
        return body(Ops.CLIENT_PROXY_REQUEST)
                .storeAddress(actor("client_owner"))
                .storeRef(state);
    }

    CellBuilder workerRequest() {
        return body(Ops.WORKER_PROXY_REQUEST)
                .storeAddress(actor("worker_owner"))
                .storeUint(0, 2)
                .storeUint(0, 64);
    }
}
