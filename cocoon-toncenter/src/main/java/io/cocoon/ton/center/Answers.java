package io.cocoon.ton.center;

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
import io.cocoon.ton.chain.AccountState;
import io.cocoon.ton.chain.AccountState.Status;
import io.cocoon.ton.chain.Head;
import io.cocoon.ton.chain.TransactionId;
import java.io.IOException;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Reads the answers of TON Center's HTTP API, version 2. Pure functions. Members that nobody here needs are passed over, numbers
 * may be numbers or strings: versions of the server differ in both.
 */
final class Answers {

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private static final Pattern INTEGER = Pattern.compile("-?[0-9]{1,20}");
    private static final BigInteger MAX_LONG = BigInteger.valueOf(Long.MAX_VALUE);
    private static final BigInteger MAX_INT = BigInteger.valueOf(Integer.MAX_VALUE);
    private static final BigInteger MAX_UINT32 = BigInteger.valueOf(0xffff_ffffL);
    private static final BigInteger MAX_UINT64 = BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE);
    private static final int MASTERCHAIN = -1;

    private Answers() {}

    /**
     * What every answer is in.
     *
     * @param ok whether there is a result
     * @param result a missing node if there is none
     * @param error what the server says if there is no result; else empty
     */
    record Envelope(boolean ok, JsonNode result, String error) {}

    /**
     * A block's header.
     *
     * @param head which block and when
     * @param globalId of the network: -239 is the main network, -3 the test network; 0 if the server does not say
     */
    record Header(Head head, int globalId) {}

    /** Reads a whole answer. */
    static Envelope envelope(byte[] body) throws AnswerException {
        JsonNode root;
        try {
            root = MAPPER.readTree(body);
        } catch (JsonProcessingException e) {
            throw new AnswerException("not JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new AnswerException("not JSON in UTF-8", e);
        }
        JsonNode ok = root.path("ok");
        if (!root.isObject() || !ok.isBoolean()) {
            throw new AnswerException("wanted a JSON object with 'ok', got " + root.getNodeType());
        }
        JsonNode error = root.path("error");
        return new Envelope(ok.booleanValue(), root.path("result"), error.isTextual() ? error.textValue() : "");
    }

    /** Reads the number of the newest block of {@code getMasterchainInfo}. */
    static int newestSeqno(JsonNode result) throws AnswerException {
        return masterchainSeqno(result.path("last"), "last");
    }

    /** Reads {@code getBlockHeader}. */
    static Header header(JsonNode result, int wanted) throws AnswerException {
        int seqno = masterchainSeqno(result.path("id"), "id");
        if (seqno != wanted) {
            throw new AnswerException("wanted the header of block " + wanted + ", got that of block " + seqno);
        }
        JsonNode globalId = result.path("global_id");
        return new Header(
                new Head(seqno, time(result, "gen_utime")),
                globalId.isMissingNode()
                        ? 0
                        : integer(result, "global_id", BigInteger.valueOf(Integer.MIN_VALUE), MAX_INT)
                                .intValue());
    }

    /** Reads {@code getAddressInformation}. The server does not tell an account that never existed from an empty one. */
    static AccountState account(Address address, JsonNode result) throws AnswerException {
        Head at = new Head(masterchainSeqno(result.path("block_id"), "block_id"), time(result, "sync_utime"));
        // The library behind the server says -1 for an account that does not exist.
        BigInteger stated = integer(result, "balance", BigInteger.ONE.negate(), MAX_LONG);
        Nanoton balance = new Nanoton(stated.max(BigInteger.ZERO).longValue());
        JsonNode last = result.path("last_transaction_id");
        TransactionId newest = new TransactionId(
                integer(last, "lt", BigInteger.ZERO, MAX_UINT64).longValue(), int256(last, "hash"));
        if ((newest.lt() == 0) != newest.hash().isZero()) {
            throw new AnswerException("last_transaction_id: a time without a hash, or a hash without a time");
        }
        Optional<Cell> code = optionalCell(result, "code");
        Optional<Cell> data = optionalCell(result, "data");
        String state = text(result, "state");
        Status status = switch (state) {
            case "active" -> Status.ACTIVE;
            case "frozen" -> Status.FROZEN;
            case "uninitialized" -> balance.equals(Nanoton.ZERO) ? Status.NONE : Status.UNINITIALIZED;
            default -> throw new AnswerException("state: wanted active, frozen or uninitialized, got " + shown(state));
        };
        if (status == Status.ACTIVE ? code.isEmpty() : code.isPresent()) {
            throw new AnswerException("an account is " + state + " and has " + (code.isEmpty() ? "no code" : "code"));
        }
        return new AccountState(
                address, status, balance, code, status == Status.ACTIVE ? data : Optional.empty(), newest, at);
    }

    /** Reads the cells of {@code getTransactions}, the newest first. @param max the most that are read */
    static List<Cell> transactions(JsonNode result, int max) throws AnswerException {
        if (!result.isArray()) {
            throw new AnswerException("wanted an array of transactions, got " + result.getNodeType());
        }
        List<Cell> cells = new ArrayList<>();
        for (int i = 0; i < Math.min(result.size(), max); i++) {
            cells.add(cell(text(result.path(i), "data"), "data"));
        }
        return cells;
    }

    private static int masterchainSeqno(JsonNode block, String name) throws AnswerException {
        BigInteger workchain = integer(block, "workchain", BigInteger.valueOf(Integer.MIN_VALUE), MAX_INT);
        if (workchain.intValue() != MASTERCHAIN) {
            throw new AnswerException(name + ": wanted a block of the masterchain, got one of workchain " + workchain);
        }
        return integer(block, "seqno", BigInteger.ZERO, MAX_INT).intValue();
    }

    private static Instant time(JsonNode parent, String name) throws AnswerException {
        return Instant.ofEpochSecond(
                integer(parent, name, BigInteger.ZERO, MAX_UINT32).longValue());
    }

    private static Optional<Cell> optionalCell(JsonNode parent, String name) throws AnswerException {
        JsonNode node = parent.path(name);
        if (node.isMissingNode() || node.isNull()) {
            return Optional.empty();
        }
        String text = text(parent, name);
        return text.isEmpty() ? Optional.empty() : Optional.of(cell(text, name));
    }

    private static Cell cell(String base64, String name) throws AnswerException {
        try {
            return BagOfCells.read(Bytes.wrapUnshared(Base64.getDecoder().decode(base64)));
        } catch (IllegalArgumentException e) {
            throw new AnswerException(name + ": wanted base64, got " + shown(base64), e);
        } catch (CellException e) {
            throw new AnswerException(name + ": " + e.getMessage(), e);
        }
    }

    private static Int256 int256(JsonNode parent, String name) throws AnswerException {
        String base64 = text(parent, name);
        try {
            return Int256.of(Base64.getDecoder().decode(base64));
        } catch (IllegalArgumentException e) {
            throw new AnswerException(name + ": wanted 32 bytes in base64, got " + shown(base64), e);
        }
    }

    private static String text(JsonNode parent, String name) throws AnswerException {
        JsonNode node = parent.path(name);
        if (!node.isTextual()) {
            throw new AnswerException(name + ": wanted a string, got " + node.getNodeType());
        }
        return node.textValue();
    }

    private static BigInteger integer(JsonNode parent, String name, BigInteger min, BigInteger max)
            throws AnswerException {
        JsonNode node = parent.path(name);
        BigInteger value;
        if (node.isIntegralNumber()) {
            value = node.bigIntegerValue();
        } else if (node.isTextual() && INTEGER.matcher(node.textValue()).matches()) {
            value = new BigInteger(node.textValue());
        } else {
            throw new AnswerException(name + ": wanted an integer, got " + node.getNodeType());
        }
        if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
            throw new AnswerException(name + ": wanted " + min + " to " + max + ", got "
                    + (value.bitLength() > 64 ? "a number of " + value.bitLength() + " bits" : value));
        }
        return value;
    }

    /** A server's text is for people; it is cut, and cannot begin a new line of a log. */
    static String shown(String text) {
        String line = text.replaceAll("\\p{Cntrl}", " ");
        return "'" + (line.length() <= 200 ? line : line.substring(0, 200) + "…") + "'";
    }
}
