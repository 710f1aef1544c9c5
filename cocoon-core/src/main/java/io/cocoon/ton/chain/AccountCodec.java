package io.cocoon.ton.chain;

import io.cocoon.payment.Nanoton;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.cell.CellSlice;
import io.cocoon.ton.cell.StateInit;
import io.cocoon.ton.chain.AccountState.Status;
import java.util.Optional;

/** Reads accounts from the chain. Pure functions. */
public final class AccountCodec {

    private AccountCodec() {}

    /**
     * Reads an account as it stands in the state of a shard: the account and its newest transaction.
     *
     * @throws CellException if it is malformed or another account's
     */
    public static AccountState readShardAccount(Address address, Cell cell, Head at) throws CellException {
        CellSlice in = cell.beginParse();
        Cell account = in.loadRef();
        Int256 lastHash = in.loadInt256();
        TransactionId last = new TransactionId(in.loadUint(64), lastHash);
        in.end("an account in a shard");
        return read(address, account, last, at);
    }

    /**
     * Reads an account.
     *
     * @param last its newest transaction, which the cell does not name
     * @throws CellException if it is malformed or another account's
     */
    public static AccountState read(Address address, Cell account, TransactionId last, Head at) throws CellException {
        CellSlice in = account.beginParse();
        if (!in.loadBit()) {
            in.end("an account that does not exist");
            return new AccountState(address, Status.NONE, Nanoton.ZERO, Optional.empty(), Optional.empty(), last, at);
        }
        Address own = in.loadAddress();
        if (!own.equals(address)) {
            throw new CellException("wanted account " + address + ", got " + own);
        }
        skipStorageInfo(in);
        in.skip(64); // logical time behind the newest transaction
        Nanoton balance = in.loadCurrencies();
        AccountState state;
        if (in.loadBit()) {
            StateInit init = StateInit.load(in);
            state = new AccountState(address, Status.ACTIVE, balance, init.code(), init.data(), last, at);
        } else {
            Status status = Status.UNINITIALIZED;
            if (in.loadBit()) {
                status = Status.FROZEN;
                in.skip(256); // hash of what it was
            }
            state = new AccountState(address, status, balance, Optional.empty(), Optional.empty(), last, at);
        }
        in.end("an account");
        return state;
    }

    private static void skipStorageInfo(CellSlice in) throws CellException {
        in.skipVarUint(7); // cells
        in.skipVarUint(7); // bits
        long extra = in.loadUint(3);
        if (extra == 1) {
            in.skip(256); // hash of a dictionary of cells
        } else if (extra != 0) {
            throw new CellException("the statistics of an account are of kind 0 or 1, these of kind " + extra);
        }
        in.skip(32); // rent paid until
        if (in.loadBit()) {
            in.skipVarUint(16); // rent due
        }
    }
}
