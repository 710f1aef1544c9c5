package io.cocoon.ton.live;

import io.cocoon.payment.Nanoton;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.cell.CellSlice;
import io.cocoon.ton.chain.AccountState;
import io.cocoon.ton.chain.ClientContractState;
import io.cocoon.ton.chain.ContractState;
import io.cocoon.ton.chain.WorkerContractState;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client or worker contract. Which of them it is follows from its data: an address is derived from the code, so it can hold
 * no other layout than that of its kind.
 */
final class Followed {

    private static final Logger LOG = LoggerFactory.getLogger(Followed.class);
    private static final int CLIENT_REFS = 2;

    final Address address;
    /** The look that is under way. */
    final AtomicReference<@Nullable CompletableFuture<Void>> reading = new AtomicReference<>();

    volatile ClientContractState client = ClientContractState.UNKNOWN;
    volatile WorkerContractState worker = WorkerContractState.UNKNOWN;
    volatile Instant askedAt;
    private long lt;

    Followed(Address address, Instant askedAt) {
        this.address = address;
        this.askedAt = askedAt;
    }

    /** Takes what was read, unless something newer is known. */
    synchronized void take(AccountState account) {
        if (Long.compareUnsigned(account.last().lt(), lt) < 0) {
            return;
        }
        lt = account.last().lt();
        Cell data = account.data().orElse(null);
        if (data == null) {
            client = ClientContractState.UNKNOWN;
            worker = WorkerContractState.UNKNOWN;
            return;
        }
        try {
            if (data.refCount() == CLIENT_REFS) {
                client = client(data.beginParse());
            } else {
                worker = worker(data.beginParse());
            }
        } catch (CellException e) {
            LOG.warn("contract {} has data that is neither a client's nor a worker's: {}", address, e.getMessage());
        }
    }

    private static ClientContractState client(CellSlice in) throws CellException {
        ContractState state = state(in);
        Nanoton balance = in.loadCoins();
        Nanoton stake = in.loadCoins();
        long tokens = tokens(in);
        in.loadUint(32);
        Int256 secretHash = in.loadInt256();
        return new ClientContractState(state, balance, stake, tokens, secretHash);
    }

    private static WorkerContractState worker(CellSlice in) throws CellException {
        in.loadAddress();
        in.loadAddress();
        in.loadInt256();
        return new WorkerContractState(state(in), tokens(in));
    }

    private static ContractState state(CellSlice in) throws CellException {
        int bits = (int) in.loadUint(2);
        if (bits >= ContractState.values().length) {
            throw new CellException("a contract state of " + bits + ", known are 0 to 2");
        }
        return ContractState.values()[bits];
    }

    /** The network's arithmetic has 63 bits where the cell has 64 (dossier 12.3). */
    private static long tokens(CellSlice in) throws CellException {
        long tokens = in.loadUint(64);
        if (tokens < 0) {
            throw new CellException("more than 2^63-1 tokens: " + Long.toUnsignedString(tokens));
        }
        return tokens;
    }
}
