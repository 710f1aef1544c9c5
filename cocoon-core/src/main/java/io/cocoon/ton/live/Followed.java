package io.cocoon.ton.live;

import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.chain.AccountState;
import io.cocoon.ton.chain.ClientContractState;
import io.cocoon.ton.chain.WorkerContractState;
import io.cocoon.ton.contract.ContractData;
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
                client = ContractData.Client.read(data).state();
            } else {
                worker = ContractData.Worker.read(data).state();
            }
        } catch (CellException e) {
            LOG.warn("contract {} has data that is neither a client's nor a worker's: {}", address, e.getMessage());
        }
    }
}
