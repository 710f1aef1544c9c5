package io.cocoon.proxy;

import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;

/**
 * Whose ledger it is. A folder that was written for another one is refused. The proxy's contract is not part of it: that one
 * moves with the network's parameters.
 *
 * @param root the root contract of the network
 * @param owner of the proxy's contract
 * @param machineKey the public half of the machine key
 */
record LedgerIdentity(Address root, Address owner, Int256 machineKey) {

    /** Says how {@code this}, found on the disk, differs from what is wanted. */
    String differenceFrom(LedgerIdentity wanted) {
        if (!machineKey.equals(wanted.machineKey)) {
            return "it belongs to the machine key %s, this proxy has %s"
                    .formatted(machineKey.toHex(), wanted.machineKey.toHex());
        }
        if (!root.equals(wanted.root)) {
            return "it belongs to the network with the root contract %s, this proxy serves %s"
                    .formatted(root, wanted.root);
        }
        return "it belongs to the owner %s, this proxy's is %s".formatted(owner, wanted.owner);
    }
}
