package io.cocoon.worker;

import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.BagOfCells;
import io.cocoon.ton.chain.RootState;
import io.cocoon.ton.contract.ContractAddresses;

/** The pure functions of the chain that a worker's checks rest on. */
interface ChainRules {

    /** The network's own. */
    ChainRules REAL = new ChainRules() {
        @Override
        public Address proxyContract(RootState root, Address owner, Int256 proxyKey) {
            return ContractAddresses.proxy(root, owner, proxyKey);
        }

        @Override
        public Address workerContract(RootState root, Address owner, Address proxyContract, Int256 proxyKey) {
            return ContractAddresses.worker(root, owner, proxyContract, proxyKey);
        }

        @Override
        public Bytes workerInit(RootState root, Address owner, Address proxyContract, Int256 proxyKey) {
            return BagOfCells.write(ContractAddresses.workerInit(root, owner, proxyContract, proxyKey));
        }
    };

    /** Returns a proxy's contract. */
    Address proxyContract(RootState root, Address owner, Int256 proxyKey);

    /** Returns this worker's contract at a proxy. */
    Address workerContract(RootState root, Address owner, Address proxyContract, Int256 proxyKey);

    /** Returns the code and data that this contract begins with, a bag of cells. */
    Bytes workerInit(RootState root, Address owner, Address proxyContract, Int256 proxyKey);
}
