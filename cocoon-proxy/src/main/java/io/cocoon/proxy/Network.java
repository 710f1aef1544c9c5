package io.cocoon.proxy;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.protocol.ProxyParams;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.chain.RootState;
import io.cocoon.ton.contract.ContractAddresses;

/**
 * The network as this proxy sees it at one time. Immutable; a newer root state makes a new one.
 *
 * @param root the root state
 * @param proxyContract this proxy's contract under these parameters
 * @param owner its owner
 * @param key its machine key
 * @param testnet whether addresses carry the test flag
 */
record Network(RootState root, Address proxyContract, Address owner, Ed25519Key key, boolean testnet) {

    static Network of(RootState root, ProxySettings settings) {
        Address owner = settings.owner();
        Ed25519Key key = settings.key();
        return new Network(
                root,
                ContractAddresses.proxy(root, owner, key.publicKey()),
                owner,
                key,
                settings.chain().isTestnet());
    }

    Address clientContract(Address clientOwner) {
        return ContractAddresses.client(root, clientOwner, proxyContract, key.publicKey());
    }

    Address workerContract(Address workerOwner) {
        return ContractAddresses.worker(root, workerOwner, proxyContract, key.publicKey());
    }

    /** Returns how the proxy introduces itself to a peer of a version. */
    ProxyParams introduction(int version) {
        return new ProxyParams(
                version > 0 ? 3 : 1,
                key.publicKey(),
                owner.toText(testnet),
                proxyContract.toText(testnet),
                isTest(),
                version);
    }

    boolean isTest() {
        return root.params().isTest();
    }

    /** Returns whether a peer knows a newer root state than this proxy; versions are unsigned. */
    boolean isOlderThan(int minConfigVersion) {
        return Integer.compareUnsigned(minConfigVersion, root.version()) > 0;
    }
}
