package io.cocoon.ton.contract;

import io.cocoon.payment.Nanoton;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.BagOfCells;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellBuilder;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.cell.StateInit;
import io.cocoon.ton.chain.RootState;

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
        CellBuilder data = new CellBuilder()
                .storeAddress(owner)
                .storeInt256(proxyKey)
                .storeAddress(root.root())
                .storeUint(0, 2)
                .storeCoins(Nanoton.ZERO)
                .storeCoins(Nanoton.ZERO)
                .storeUint(0, 32)
                .storeRef(params(root, ParamsCell.MASK_PROXY));
        return StateInit.address(code(root.params().proxyCode(), "proxy"), data.build());
    }

    /** Returns the client contract of a client's owner at a proxy. For a runner the owner is its Cocoon wallet. */
    public static Address client(RootState root, Address clientOwner, Address proxyContract, Int256 proxyKey) {
        Cell constants = new CellBuilder()
                .storeAddress(clientOwner)
                .storeAddress(proxyContract)
                .storeInt256(proxyKey)
                .build();
        CellBuilder data = new CellBuilder()
                .storeUint(0, 2)
                .storeCoins(Nanoton.ZERO)
                .storeCoins(root.params().minClientStake())
                .storeUint(0, 64)
                .storeUint(0, 32)
                .storeInt256(Int256.ZERO)
                .storeRef(constants)
                .storeRef(params(root, ParamsCell.MASK_NONE));
        return StateInit.address(code(root.params().clientCode(), "client"), data.build());
    }

    /** Returns the worker contract of a worker's owner at a proxy. */
    public static Address worker(RootState root, Address workerOwner, Address proxyContract, Int256 proxyKey) {
        CellBuilder data = new CellBuilder()
                .storeAddress(workerOwner)
                .storeAddress(proxyContract)
                .storeInt256(proxyKey)
                .storeUint(0, 2)
                .storeUint(0, 64)
                .storeRef(params(root, ParamsCell.MASK_NONE));
        return StateInit.address(code(root.params().workerCode(), "worker"), data.build());
    }

    /** Returns the Cocoon wallet of a node key and its owner. */
    public static Address cocoonWallet(Int256 walletKey, Address owner) {
        return wallet(WALLET_CODE, walletKey, owner);
    }

    /** Likewise with another code, so that vectors with a stand-in code can be checked. */
    static Address wallet(Cell code, Int256 walletKey, Address owner) {
        CellBuilder data = new CellBuilder()
                .storeUint(0, 32)
                .storeUint(0, 32)
                .storeInt256(walletKey)
                .storeUint(0, 32)
                .storeAddress(owner);
        return StateInit.address(code, data.build());
    }

    private static Cell params(RootState root, int mask) {
        try {
            return ParamsCell.write(root.params(), mask);
        } catch (CellException e) {
            throw new IllegalArgumentException("a code of the root contract is no bag of cells: " + e.getMessage(), e);
        }
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
