package io.cocoon.proxy;

import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;

/**
 * Whose ledger it is. A folder that was written for another one is refused.
 *
 * @param root the root contract of the network
 * @param proxy the proxy's contract
 * @param machineKey the public half of the machine key
 */
public record LedgerIdentity(Address root, Address proxy, Int256 machineKey) {

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
        return "it belongs to the proxy contract %s, this proxy's is %s; the network's parameters changed while it was"
                        .formatted(proxy, wanted.proxy)
                + " stopped, or the owner is another one";
    }
}
