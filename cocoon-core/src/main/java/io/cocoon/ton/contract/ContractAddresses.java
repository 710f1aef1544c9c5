package io.cocoon.ton.contract;

import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.chain.RootState;

/** Addresses that follow from the root contract's parameters. Pure functions; payments dossier, section 4. */
public final class ContractAddresses {

    private ContractAddresses() {}

    /** Returns the proxy contract of a proxy's owner and machine key. */
    public static Address proxy(RootState root, Address owner, Int256 proxyKey) {
        throw new IllegalStateException("comes with the TON part");
    }

    /** Returns the client contract of a client's owner at a proxy. For a runner the owner is its Cocoon wallet. */
    public static Address client(RootState root, Address clientOwner, Address proxyContract, Int256 proxyKey) {
        throw new IllegalStateException("comes with the TON part");
    }

    /** Returns the worker contract of a worker's owner at a proxy. */
    public static Address worker(RootState root, Address workerOwner, Address proxyContract, Int256 proxyKey) {
        throw new IllegalStateException("comes with the TON part");
    }

    /** Returns the Cocoon wallet of a node key and its owner. */
    public static Address cocoonWallet(Int256 walletKey, Address owner) {
        throw new IllegalStateException("comes with the TON part");
    }
}
