package io.cocoon.ton4j;

import io.cocoon.payment.Nanoton;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.BagOfCells;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.chain.AccountState;
import io.cocoon.ton.chain.AccountState.Status;
import io.cocoon.ton.chain.ChainException;
import io.cocoon.ton.chain.ChainException.Reason;
import io.cocoon.ton.chain.Head;
import io.cocoon.ton.chain.TransactionId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.ton.ton4j.toncenter.TonCenter;
import org.ton.ton4j.toncenter.TonCenterApiException;
import org.ton.ton4j.toncenter.TonResponse;
import org.ton.ton4j.toncenter.model.AddressInformationResponse;
import org.ton.ton4j.toncenter.model.BlockHeaderResponse;
import org.ton.ton4j.toncenter.model.TransactionResponse;

/** ton4j's client of TON Center. */
final class CenterSource implements ChainSource {

    private static final int MASTERCHAIN = -1;
    private static final int PAGE = 8;

    /** What the liteserver behind the server says when it has no such thing or takes no such message. */
    private static final Pattern REFUSED =
            Pattern.compile("LITE_SERVER_UNKNOWN|external message|not in db|cannot locate transaction");

    private final TonCenter client;
    private final boolean testnet;

    CenterSource(TonCenter client, boolean testnet) {
        this.client = client;
        this.testnet = testnet;
    }

    @Override
    public String name() {
        return "ton4j's client of TON Center";
    }

    @Override
    public Head head() throws ChainException {
        var last = need(result(Reason.UNREACHABLE, client::getMasterchainInfo).getLast(), "last block");
        int seqno = seqno(last.getWorkchain(), last.getSeqno());
        BlockHeaderResponse header =
                result(Reason.UNREACHABLE, () -> client.getBlockHeader(MASTERCHAIN, Long.MIN_VALUE, (long) seqno));
        return new Head(seqno, time(header.getGenUtime()));
    }

    @Override
    public AccountState account(Address address) throws ChainException {
        AddressInformationResponse info =
                result(Reason.UNREACHABLE, () -> client.getAddressInformation(address.toText(true, testnet)));
        var block = need(info.getBlockId(), "block");
        Head at = new Head(seqno(block.getWorkchain(), block.getSeqno()), time(info.getSyncUtime()));
        var last = need(info.getLastTransactionId(), "last transaction");
        TransactionId newest = new TransactionId(number(last.getLt(), "logical time"), hash(last.getHash()));
        Nanoton balance = new Nanoton(Math.max(0, number(info.getBalance(), "balance")));
        Optional<Cell> code = cell(info.getCode());
        Status status;
        if (code.isPresent()) {
            status = Status.ACTIVE;
        } else if (info.getFrozenHash() != null && !info.getFrozenHash().isEmpty()) {
            status = Status.FROZEN;
        } else {
            status = balance.equals(Nanoton.ZERO) ? Status.NONE : Status.UNINITIALIZED;
        }
        Optional<Cell> data = status == Status.ACTIVE ? cell(info.getData()) : Optional.empty();
        return new AccountState(address, status, balance, code, data, newest, at);
    }

    @Override
    public List<Cell> transactions(Address address, TransactionId from, TransactionId after) throws ChainException {
        List<TransactionResponse> page = result(
                Reason.HISTORY_MISSING,
                () -> client.getTransactions(
                        address.toText(true, testnet),
                        PAGE,
                        from.lt(),
                        from.hash().toHex(),
                        after.lt(),
                        true));
        List<Cell> cells = new ArrayList<>();
        for (TransactionResponse transaction : page.subList(0, Math.min(PAGE, page.size()))) {
            cells.add(cell(need(transaction.getData(), "data of a transaction"))
                    .orElseThrow(() -> new ChainException(Reason.WRONG_ANSWER, "a transaction without data")));
        }
        return cells;
    }

    @Override
    public void send(Cell externalMessage) throws ChainException {
        Bytes bag = BagOfCells.write(externalMessage);
        result(Reason.REFUSED, () -> client.sendBoc(Base64.getEncoder().encodeToString(bag.toByteArray())));
    }

    private interface Call<T> {
        TonResponse<T> make();
    }

    /** Makes a call. @param refusal what it means if the liteserver behind the server refuses */
    private static <T> T result(Reason refusal, Call<T> call) throws ChainException {
        TonResponse<T> response;
        try {
            response = call.make();
        } catch (TonCenterApiException e) {
            String text = String.valueOf(e.getMessage());
            throw new ChainException(REFUSED.matcher(text).find() ? refusal : Reason.UNREACHABLE, text, e);
        }
        if (!response.isSuccess()) {
            throw new ChainException(Reason.WRONG_ANSWER, "an answer with neither a result nor an error");
        }
        return need(response.getResult(), "result");
    }

    private static <T> T need(@Nullable T value, String name) throws ChainException {
        return ChainSource.need(value, name);
    }

    private static int seqno(@Nullable Long workchain, @Nullable Long seqno) throws ChainException {
        long number = need(seqno, "number of a block");
        if (need(workchain, "workchain of a block") != MASTERCHAIN || number < 0 || number > Integer.MAX_VALUE) {
            throw new ChainException(
                    Reason.WRONG_ANSWER, "wanted a block of the masterchain, got " + workchain + ":" + seqno);
        }
        return (int) number;
    }

    private static Instant time(@Nullable Long seconds) throws ChainException {
        long time = need(seconds, "time of a block");
        if (time < 0 || time > 0xffff_ffffL) {
            throw new ChainException(Reason.WRONG_ANSWER, "a block has a time of 32 bits, got " + time);
        }
        return Instant.ofEpochSecond(time);
    }

    private static long number(@Nullable String text, String name) throws ChainException {
        try {
            return Long.parseLong(need(text, name));
        } catch (NumberFormatException e) {
            throw new ChainException(Reason.WRONG_ANSWER, name + ": wanted a number of 64 bits", e);
        }
    }

    private static Int256 hash(@Nullable String base64) throws ChainException {
        try {
            return Int256.of(Base64.getDecoder().decode(need(base64, "hash")));
        } catch (IllegalArgumentException e) {
            throw new ChainException(Reason.WRONG_ANSWER, "a hash is 32 bytes in base64", e);
        }
    }

    private static Optional<Cell> cell(@Nullable String base64) throws ChainException {
        if (base64 == null || base64.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(
                    BagOfCells.read(Bytes.wrapUnshared(Base64.getDecoder().decode(base64))));
        } catch (IllegalArgumentException e) {
            throw new ChainException(Reason.WRONG_ANSWER, "a bag of cells is not in base64", e);
        } catch (CellException e) {
            throw ChainSource.wrong("a bag of cells", e);
        }
    }
}
