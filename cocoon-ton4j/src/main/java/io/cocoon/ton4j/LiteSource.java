package io.cocoon.ton4j;

import io.cocoon.payment.Nanoton;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.BagOfCells;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.cell.CellSlice;
import io.cocoon.ton.cell.Dictionary;
import io.cocoon.ton.chain.AccountCodec;
import io.cocoon.ton.chain.AccountState;
import io.cocoon.ton.chain.AccountState.Status;
import io.cocoon.ton.chain.ChainException;
import io.cocoon.ton.chain.ChainException.Reason;
import io.cocoon.ton.chain.Head;
import io.cocoon.ton.chain.Message;
import io.cocoon.ton.chain.MessageCodec;
import io.cocoon.ton.chain.TransactionId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.ton.ton4j.adnl.AdnlLiteClient;
import org.ton.ton4j.tl.liteserver.responses.MasterchainInfoExt;

/** ton4j's lite client. Its answers are parsed by us, from the bytes that the server sent, and proven by nobody. */
final class LiteSource implements ChainSource {

    private static final int MOST = 16;
    private static final int TAKEN = 1;
    private static final int ADDRESS_BITS = 256;
    private static final int MAX_PADDING = 3;

    private final AdnlLiteClient client;

    LiteSource(AdnlLiteClient client) {
        this.client = client;
    }

    @Override
    public String name() {
        return "ton4j's lite client";
    }

    @Override
    public Head head() throws Exception {
        return head(client.getMasterchainInfoExt(0));
    }

    private static Head head(MasterchainInfoExt info) {
        return new Head(info.getLast().getSeqno(), Instant.ofEpochSecond(Integer.toUnsignedLong(info.getLastTime())));
    }

    @Override
    public AccountState account(Address address) throws Exception {
        MasterchainInfoExt info = client.getMasterchainInfoExt(0);
        var answer = client.getAccountState(info.getLast(), Ton4j.address(address));
        Bytes state = Bytes.fromHex(answer.getState());
        if (state.isEmpty()) {
            return new AccountState(
                    address,
                    Status.NONE,
                    Nanoton.ZERO,
                    Optional.empty(),
                    Optional.empty(),
                    TransactionId.NONE,
                    head(info));
        }
        try {
            Cell account = read(state, 1).get(0);
            TransactionId last = newest(Bytes.fromHex(answer.getProof()), address, account);
            return AccountCodec.read(address, account, last, head(info));
        } catch (CellException e) {
            throw ChainSource.wrong("the state of account " + address, e);
        }
    }

    /** Reads a bag, behind which ton4j leaves up to three zero bytes that only fill the message up. */
    private static List<Cell> read(Bytes bag, int maxRoots) throws CellException {
        for (int padding = 0; ; padding++) {
            int length = bag.length() - padding;
            try {
                return BagOfCells.readRoots(bag.slice(0, length), BagOfCells.DEFAULT_LIMITS, maxRoots);
            } catch (CellException e) {
                if (padding == MAX_PADDING || length == 0 || bag.get(length - 1) != 0) {
                    throw e;
                }
            }
        }
    }

    /** Finds the newest transaction, which only the proof names: in the state of the shard, behind the account's address. */
    static TransactionId newest(Bytes proof, Address address, Cell account) throws CellException, ChainException {
        List<Cell> roots = read(proof, 2);
        if (roots.size() != 2
                || roots.get(1).refCount() != 1
                || roots.get(1).ref(0).refCount() < 2) {
            throw new ChainException(Reason.WRONG_ANSWER, "the proof of account " + address + " has no shard's state");
        }
        CellSlice accounts = roots.get(1).ref(0).ref(1).beginParse();
        Optional<CellSlice> found = accounts.loadBit()
                ? Dictionary.lookup(accounts.loadRef(), address.hash().toBytes(), ADDRESS_BITS)
                : Optional.empty();
        CellSlice entry = ChainSource.need(found.orElse(null), "account " + address + " in its proof");
        entry.skip(5); // depth of splits
        entry.skipVarUint(16); // balance
        entry.loadMaybeRef(); // other currencies
        Cell named = entry.loadRef();
        Int256 hash = entry.loadInt256();
        if (!named.hash(0).equals(account.hash())) {
            throw new ChainException(
                    Reason.WRONG_ANSWER,
                    "account " + address + " has state " + named.hash(0).toHex() + ", answered was "
                            + account.hash().toHex());
        }
        return new TransactionId(entry.loadUint(Long.SIZE), hash);
    }

    @Override
    public List<Cell> transactions(Address address, TransactionId from, TransactionId after) throws Exception {
        var answer = client.getTransactions(
                Ton4j.address(address), from.lt(), from.hash().toByteArray(), MOST);
        Bytes bag = Bytes.fromHex(answer.getTransactions());
        try {
            return bag.isEmpty() ? List.of() : read(bag, MOST);
        } catch (CellException e) {
            throw ChainSource.wrong("the transactions of " + address, e);
        }
    }

    /** ton4j writes a message anew, with other bytes, so that what it would send has to be looked at. */
    @Override
    public void send(Cell externalMessage) throws Exception {
        var theirs = org.ton.ton4j.tlb.Message.deserialize(
                org.ton.ton4j.cell.CellSlice.beginParse(Ton4j.cell(externalMessage)));
        Message wanted = MessageCodec.read(externalMessage);
        Message written = MessageCodec.read(Ton4j.cell(theirs.toCell()));
        boolean same = written.kind() == wanted.kind()
                && written.destination().equals(wanted.destination())
                && written.init().equals(wanted.init())
                && written.body().equals(wanted.body());
        if (!same) {
            throw new ChainException(
                    Reason.REFUSED, "ton4j's lite client would send another message than this; send it another way");
        }
        var status = client.sendMessage(theirs);
        if (status.getStatus() != TAKEN) {
            throw new ChainException(
                    Reason.REFUSED,
                    "refused with status " + status.getStatus() + " " + status.getResponseCode() + " "
                            + status.getResponseMessage());
        }
    }
}
