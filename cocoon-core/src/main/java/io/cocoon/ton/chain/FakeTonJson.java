package io.cocoon.ton.chain;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.cocoon.payment.Nanoton;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.BagOfCells;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads {@code rootConfig.pseudo} (wire dossier 8.1, 8.4): every member is optional, unknown ones are ignored. */
final class FakeTonJson {

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private FakeTonJson() {}

    /** Reads it. @throws IllegalArgumentException naming the member that is wrong */
    static FakeTonConfig parse(byte[] json) {
        JsonNode root;
        try {
            root = MAPPER.readTree(json);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("not JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new IllegalArgumentException("not JSON in UTF-8", e);
        }
        if (!root.isObject()) {
            throw new IllegalArgumentException("wanted one JSON object");
        }
        Set<Int256> models = new HashSet<>(list(root, "model_hashes", node -> int256(node, "model_hashes")));
        models.addAll(list(root, "model_types", FakeTonJson::modelHash));
        return new FakeTonConfig(
                address(text(root, "root_owner_address")),
                (int) number(root, "version", Integer.MAX_VALUE),
                (int) number(root, "params_version", Integer.MAX_VALUE),
                new Nanoton(number(root, "price_per_token", Long.MAX_VALUE)),
                new Nanoton(number(root, "worker_fee_per_token", Long.MAX_VALUE)),
                list(root, "registered_proxies", FakeTonJson::proxy),
                (int) number(root, "last_proxy_seqno", Integer.MAX_VALUE),
                new HashSet<>(list(root, "proxy_hashes", node -> int256(node, "proxy_hashes"))),
                new HashSet<>(list(root, "worker_hashes", node -> int256(node, "worker_hashes"))),
                models,
                list(root, "registered_public_keys", FakeTonJson::networkKey),
                keyManager(text(root, "key_manager_address")),
                code(root, "proxy_sc_code"),
                code(root, "worker_sc_code"),
                code(root, "client_sc_code"));
    }

    private static RootState.RegisteredProxy proxy(JsonNode node) {
        requireObject(node, "registered_proxies");
        String address = text(node, "address");
        return RootState.RegisteredProxy.parse((int) number(node, "seqno", Integer.MAX_VALUE), address)
                .orElseThrow(() -> new IllegalArgumentException("registered_proxies: wanted 'ip:port ip:port' or"
                        + " 'ip:port', got '" + address + "' (is a placeholder left?)"));
    }

    private static RootState.NetworkKey networkKey(JsonNode node) {
        requireObject(node, "registered_public_keys");
        JsonNode key = node.get("public_key");
        return new RootState.NetworkKey(
                isAbsent(key) ? Int256.ZERO : int256(key, "public_key"),
                (int) number(node, "key_type", 255),
                Instant.ofEpochSecond(number(node, "expire_at", 0xffff_ffffL)));
    }

    private static Optional<RootState.KeyManager> keyManager(String text) {
        if (text.isEmpty()) {
            return Optional.empty();
        }
        HostPort address = HostPort.tryParse(text)
                .orElseThrow(() ->
                        new IllegalArgumentException("key_manager_address: wanted 'ip:port', got '" + text + "'"));
        return Optional.of(new RootState.KeyManager(Int256.ZERO, Int256.ZERO, address));
    }

    private static Address address(String text) {
        return text.isEmpty() ? new Address(0, Int256.ZERO) : Address.parse(text);
    }

    private static Bytes code(JsonNode root, String name) {
        String hex = text(root, name);
        if (hex.isEmpty()) {
            return BagOfCells.write(Cell.EMPTY);
        }
        try {
            Bytes bag = Bytes.fromHex(hex);
            BagOfCells.read(bag);
            return bag;
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(name + ": wanted hexadecimal digits (is a placeholder left?)", e);
        } catch (CellException e) {
            throw new IllegalArgumentException(name + ": " + e.getMessage(), e);
        }
    }

    private static Int256 modelHash(JsonNode node) {
        String name = string(node, "model_types");
        int at = name.indexOf('@');
        String base = at < 0 ? name : name.substring(0, at);
        try {
            return Int256.of(MessageDigest.getInstance("SHA-256").digest(base.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private static Int256 int256(JsonNode node, String name) {
        try {
            return Int256.of(Base64.getDecoder().decode(string(node, name)));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(name + ": wanted 32 bytes in base64: " + e.getMessage(), e);
        }
    }

    private static <T> List<T> list(JsonNode root, String name, Function<JsonNode, T> read) {
        JsonNode array = root.get(name);
        List<T> result = new ArrayList<>();
        if (!isAbsent(array)) {
            if (!array.isArray()) {
                throw new IllegalArgumentException(name + ": wanted an array");
            }
            array.forEach(node -> result.add(read.apply(node)));
        }
        return result;
    }

    private static String text(JsonNode root, String name) {
        JsonNode node = root.get(name);
        return isAbsent(node) ? "" : string(node, name);
    }

    private static String string(JsonNode node, String name) {
        if (!node.isTextual()) {
            throw new IllegalArgumentException(name + ": wanted a string");
        }
        return node.textValue();
    }

    private static long number(JsonNode root, String name, long max) {
        JsonNode node = root.get(name);
        if (isAbsent(node)) {
            return 0;
        }
        long value;
        if (node.isIntegralNumber() && node.canConvertToLong()) {
            value = node.longValue();
        } else if (node.isTextual() && node.textValue().matches("-?\\d{1,19}")) {
            try {
                value = Long.parseLong(node.textValue());
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException(name + ": does not fit 64 bits", e);
            }
        } else {
            throw new IllegalArgumentException(name + ": wanted an integer");
        }
        if (value < 0 || value > max) {
            throw new IllegalArgumentException(name + ": wanted 0 to " + max + ", got " + value);
        }
        return value;
    }

    private static void requireObject(JsonNode node, String name) {
        if (!node.isObject()) {
            throw new IllegalArgumentException(name + ": wanted objects");
        }
    }

    private static boolean isAbsent(@Nullable JsonNode node) {
        return node == null || node.isNull();
    }
}
