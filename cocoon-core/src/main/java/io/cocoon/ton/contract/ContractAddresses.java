package io.cocoon.ton.contract;

import io.cocoon.payment.Nanoton;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.BagOfCells;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.cell.StateInit;
import io.cocoon.ton.chain.ClientContractState;
import io.cocoon.ton.chain.ContractState;
import io.cocoon.ton.chain.RootState;
import io.cocoon.ton.chain.WorkerContractState;
import java.time.Instant;

/**
 * Addresses that follow from the root contract's parameters. Pure functions; payments dossier, section 4.
 *
 * <p>A code may be given as a bag with one {@linkplain Cell#pruned pruned} cell: its hash and depth are enough. All
 * methods that take a root state throw {@link IllegalArgumentException} if it has no such code.
 */
public final class ContractAddresses {

    private static final Cell WALLET_CODE =
            Cell.pruned(Int256.fromHex("7a48f05ceef40f06cabbaa39c1c5a67b24e8bb59d8cf8a74e49988a5f44cf66a"), 6);

    private ContractAddresses() {}

    /** Returns the proxy contract of a proxy's owner and machine key. */
    public static Address proxy(RootState root, Address owner, Int256 proxyKey) {
        return address(proxyInit(root, owner, proxyKey));
    }

    /** Returns the code and data that a proxy contract begins with. */
    public static Cell proxyInit(RootState root, Address owner, Int256 proxyKey) {
        ContractData.Proxy data = new ContractData.Proxy(
                owner,
                proxyKey,
                root.root(),
                ContractState.NORMAL,
                Nanoton.ZERO,
                Nanoton.ZERO,
                Instant.EPOCH,
                root.params());
        return init(code(root.params().proxyCode(), "proxy"), data::toCell);
    }

    /** Returns the client contract of a client's owner at a proxy. For a runner the owner is its Cocoon wallet. */
    public static Address client(RootState root, Address clientOwner, Address proxyContract, Int256 proxyKey) {
        return address(clientInit(root, clientOwner, proxyContract, proxyKey));
    }

    /** Returns the code and data that a client contract begins with. */
    public static Cell clientInit(RootState root, Address clientOwner, Address proxyContract, Int256 proxyKey) {
        ContractData.Client data = new ContractData.Client(
                clientOwner,
                proxyContract,
                proxyKey,
                new ClientContractState(
                        ContractState.NORMAL, Nanoton.ZERO, root.params().minClientStake(), 0, Int256.ZERO),
                Instant.EPOCH,
                root.params());
        return init(code(root.params().clientCode(), "client"), data::toCell);
    }

    /** Returns the worker contract of a worker's owner at a proxy. */
    public static Address worker(RootState root, Address workerOwner, Address proxyContract, Int256 proxyKey) {
        return address(workerInit(root, workerOwner, proxyContract, proxyKey));
    }

    /** Returns the code and data that a worker contract begins with. */
    public static Cell workerInit(RootState root, Address workerOwner, Address proxyContract, Int256 proxyKey) {
        ContractData.Worker data = new ContractData.Worker(
                workerOwner, proxyContract, proxyKey, WorkerContractState.UNKNOWN, root.params());
        return init(code(root.params().workerCode(), "worker"), data::toCell);
    }

    /** Returns the Cocoon wallet of a node key and its owner. */
    public static Address cocoonWallet(Int256 walletKey, Address owner) {
        return wallet(WALLET_CODE, walletKey, owner);
    }

    /** Likewise with another code: a stand-in of test vectors, or the one of a local chain. */
    public static Address wallet(Cell code, Int256 walletKey, Address owner) {
        return StateInit.address(code, new ContractData.Wallet(0, 0, walletKey, false, owner).toCell());
    }

    private interface Data {
        Cell toCell() throws CellException;
    }

    private static Cell init(Cell code, Data data) {
        try {
            return StateInit.cell(code, data.toCell());
        } catch (CellException e) {
            throw new IllegalArgumentException("a code of the root contract is no bag of cells: " + e.getMessage(), e);
        }
    }

    /** Address of a StateInit cell. */
    private static Address address(Cell init) {
        return new Address(0, init.hash(0));
    }

    private static Cell code(Bytes bag, String what) {
        if (bag.isEmpty()) {
            throw new IllegalArgumentException("the root contract has no code of the " + what + " contract");
        }
        try {
            return BagOfCells.read(bag);
        } catch (CellException e) {
            throw new IllegalArgumentException("the code of the " + what + " contract: " + e.getMessage(), e);
        }
    }
}
