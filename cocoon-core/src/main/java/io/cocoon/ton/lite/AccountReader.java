package io.cocoon.ton.lite;

import io.cocoon.payment.Nanoton;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.cell.CellSlice;
import io.cocoon.ton.chain.AccountState;
import io.cocoon.ton.chain.AccountState.Status;
import io.cocoon.ton.chain.Head;
import java.util.Optional;

/** Reads {@code Account} of block.tlb. Pure functions. */
final class AccountReader {

    private AccountReader() {}

    /** Reads a proven account. @throws ProofException if it is malformed, or another account's */
    static AccountState read(AccountProof.Proven proven, Address address, Head at) throws ProofException {
        try {
            CellSlice account =
                    proven.state().isPresent() ? proven.state().get().beginParse() : null;
            if (account == null || !account.loadBit()) {
                return new AccountState(
                        address, Status.NONE, Nanoton.ZERO, Optional.empty(), Optional.empty(), proven.last(), at);
            }
            Address own = account.loadAddress();
            if (!own.equals(address)) {
                throw new ProofException(
                        ProofCheck.ACCOUNT_ADDRESS, "the state of account " + address + " is of account " + own);
            }
            skipStorageStatistics(account);
            account.loadUint(64); // logical time
            Nanoton balance = Amounts.loadCurrencies(account);
            if (account.loadBit()) {
                account.loadUint(account.loadBit() ? 5 : 0); // depth of splits
                account.loadUint(account.loadBit() ? 2 : 0); // tick, tock
                Optional<Cell> code = maybeRef(account);
                Optional<Cell> data = maybeRef(account);
                return new AccountState(address, Status.ACTIVE, balance, code, data, proven.last(), at);
            }
            Status status = account.loadBit() ? Status.FROZEN : Status.UNINITIALIZED;
            return new AccountState(address, status, balance, Optional.empty(), Optional.empty(), proven.last(), at);
        } catch (CellException e) {
            throw new ProofException(e);
        }
    }

    private static void skipStorageStatistics(CellSlice account) throws CellException {
        Amounts.skipShort(account); // cells
        Amounts.skipShort(account); // bits
        long extra = account.loadUint(3);
        if (extra == 1) {
            account.loadInt256();
        } else if (extra != 0) {
            throw new CellException("an account's statistics have extra data of kind " + extra);
        }
        account.loadUint(32); // rent paid until
        Amounts.loadMaybe(account); // rent due
    }

    private static Optional<Cell> maybeRef(CellSlice slice) throws CellException {
        return slice.loadBit() ? Optional.of(slice.loadRef()) : Optional.empty();
    }
}
