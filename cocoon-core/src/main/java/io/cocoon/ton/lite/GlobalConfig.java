package io.cocoon.ton.lite;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.cocoon.tl.Int256;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * What a network publishes about itself in {@code global.config.json}: where its liteservers are, and from which block on
 * everything can be proven. Whoever provides that block is trusted. Immutable.
 */
public final class GlobalConfig {

    /** The longest file that is read. */
    public static final int MAX_CHARS = 1 << 20;

    private static final ObjectMapper JSON = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    private static final int MAX_ENTRIES = 1024;

    private static final GlobalConfig MAINNET = new GlobalConfig(
            List.of(),
            known(0, "F6OpKZKqvqeFp6CQmFomXNMfMj2EnaUSOXN+Mh+wVWk=", "XplPz01CXAps5qeSWUtxcyBfdAo5zVb1N979KLSKD24="),
            known(
                    46_894_135,
                    "MEjmmhLPlG68mbTPnKYcP/Sz/MiMQBV2OsASBOzBv58=",
                    "u9rAtFQ+kUFEnOs3w8Y7punMTiyQTXf1bRfkSs8dG+0="),
            List.of(known(
                    8_536_841,
                    "08Kpc9XxrMKC6BF/FeNHPS3MEL1/Vi/fQU/C9ELUrkc=",
                    "t/9VBPODF7Zdh4nsnA49dprO69nQNMqYL+zk5bCjV/8=")));

    private final List<LiteServerAddress> liteServers;
    private final BlockId zeroState;
    private final BlockId initBlock;
    private final List<BlockId> hardForks;

    GlobalConfig(List<LiteServerAddress> liteServers, BlockId zeroState, BlockId initBlock, List<BlockId> hardForks) {
        this.liteServers = List.copyOf(liteServers);
        this.zeroState = zeroState;
        this.initBlock = initBlock;
        this.hardForks = List.copyOf(hardForks);
    }

    /**
     * Parses the file's content. Members that are not needed here are not looked at.
     *
     * @throws IllegalArgumentException if it is no such file; the message names the member
     */
    public static GlobalConfig parse(String json) {
        if (json.length() > MAX_CHARS) {
            throw new IllegalArgumentException(
                    "a global configuration has at most " + MAX_CHARS + " characters, this has " + json.length());
        }
        JsonNode root;
        try {
            root = JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("the global configuration is no JSON: " + e.getOriginalMessage(), e);
        }
        List<LiteServerAddress> servers = new ArrayList<>();
        for (JsonNode server : array(root, "liteservers")) {
            servers.add(server(server));
        }
        JsonNode validator = root.path("validator");
        BlockId zeroState = block(validator.path("zero_state"), "validator.zero_state");
        BlockId init =
                validator.has("init_block") ? block(validator.path("init_block"), "validator.init_block") : zeroState;
        List<BlockId> forks = new ArrayList<>();
        for (JsonNode fork : array(validator, "hardforks")) {
            forks.add(block(fork, "validator.hardforks"));
        }
        if (zeroState.seqno() != 0) {
            throw new IllegalArgumentException("validator.zero_state: has number 0, not " + zeroState.seqno());
        }
        return new GlobalConfig(servers, zeroState, init, forks);
    }

    /**
     * Returns what is fixed of the main network, without liteservers: its first state, its one hard fork, and the key block that
     * proofs begin at, all as the network's own global configuration published them in 2025. So whoever provides the
     * liteservers need not be trusted.
     */
    public static GlobalConfig mainnet() {
        return MAINNET;
    }

    /** Returns whether both are of the same network: they begin with the same state. */
    public boolean isSameNetwork(GlobalConfig other) {
        return zeroState.equals(other.zeroState);
    }

    /** Returns this with other liteservers: one's own, or a test's. */
    public GlobalConfig withLiteServers(List<LiteServerAddress> servers) {
        return new GlobalConfig(servers, zeroState, initBlock, hardForks);
    }

    /** Returns the liteservers. */
    public List<LiteServerAddress> liteServers() {
        return liteServers;
    }

    BlockId zeroState() {
        return zeroState;
    }

    BlockId initBlock() {
        return initBlock;
    }

    List<BlockId> hardForks() {
        return hardForks;
    }

    private static BlockId known(int seqno, String rootHash, String fileHash) {
        Base64.Decoder base64 = Base64.getDecoder();
        return BlockId.masterchain(seqno, Int256.of(base64.decode(rootHash)), Int256.of(base64.decode(fileHash)));
    }

    private static LiteServerAddress server(JsonNode node) {
        long ip = integer(node, "ip", "liteservers.ip", Integer.MIN_VALUE, 0xffff_ffffL);
        int port = (int) integer(node, "port", "liteservers.port", 1, 65_535);
        byte[] address = {(byte) (ip >>> 24), (byte) (ip >>> 16), (byte) (ip >>> 8), (byte) ip};
        try {
            return new LiteServerAddress(
                    new InetSocketAddress(InetAddress.getByAddress(address), port),
                    hash(node.path("id"), "key", "liteservers.id.key"));
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("liteservers.ip: " + ip, e);
        }
    }

    private static BlockId block(JsonNode node, String name) {
        int workchain = (int) integer(node, "workchain", name + ".workchain", -1, -1);
        long shard = integer(node, "shard", name + ".shard", BlockId.WHOLE_SHARD, BlockId.WHOLE_SHARD);
        int seqno = (int) integer(node, "seqno", name + ".seqno", 0, Integer.MAX_VALUE);
        return new BlockId(
                workchain,
                shard,
                seqno,
                hash(node, "root_hash", name + ".root_hash"),
                hash(node, "file_hash", name + ".file_hash"));
    }

    private static JsonNode array(JsonNode node, String name) {
        JsonNode array = node.path(name);
        if (!array.isMissingNode() && (!array.isArray() || array.size() > MAX_ENTRIES)) {
            throw new IllegalArgumentException(name + ": wanted an array of at most " + MAX_ENTRIES);
        }
        return array;
    }

    private static long integer(JsonNode node, String member, String name, long min, long max) {
        JsonNode value = node.path(member);
        if (!value.isIntegralNumber()
                || !value.canConvertToLong()
                || value.longValue() < min
                || value.longValue() > max) {
            throw new IllegalArgumentException(name + ": wanted an integer from " + min + " to " + max);
        }
        return value.longValue();
    }

    private static Int256 hash(JsonNode node, String member, String name) {
        JsonNode value = node.path(member);
        try {
            return Int256.of(Base64.getDecoder().decode(value.textValue() == null ? "" : value.textValue()));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(name + ": wanted 32 bytes in base64", e);
        }
    }
}
