package io.cocoon.proxy;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.payment.SignedPayments;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.chain.RootState;
import io.cocoon.ton.contract.ContractAddresses;

/** What follows from contract code: addresses and signed payments. Pure functions; tests of the proxy's logic have cheaper ones. */
interface Contracts {

    /** The real ones. */
    Contracts REAL = new Contracts() {
        @Override
        public Address proxy(RootState root, Address owner, Int256 proxyKey) {
            return ContractAddresses.proxy(root, owner, proxyKey);
        }

        @Override
        public Address client(RootState root, Address owner, Address proxy, Int256 proxyKey) {
            return ContractAddresses.client(root, owner, proxy, proxyKey);
        }

        @Override
        public Address worker(RootState root, Address owner, Address proxy, Int256 proxyKey) {
            return ContractAddresses.worker(root, owner, proxy, proxyKey);
        }

        @Override
        public Bytes sign(
                Ed25519Key key, Ledger.Side side, Address contract, long tokens, long queryId, Address excessesTo) {
            SignedPayments.Kind kind =
                    side == Ledger.Side.CLIENT ? SignedPayments.Kind.CLIENT_CHARGE : SignedPayments.Kind.WORKER_PAYOUT;
            return SignedPayments.sign(key, kind, contract, tokens, queryId, excessesTo);
        }
    };

    /** The proxy's contract. */
    Address proxy(RootState root, Address owner, Int256 proxyKey);

    /** A client's contract at a proxy. */
    Address client(RootState root, Address owner, Address proxy, Int256 proxyKey);

    /** A worker's contract at a proxy. */
    Address worker(RootState root, Address owner, Address proxy, Int256 proxyKey);

    /** A signed payment as bytes. */
    Bytes sign(Ed25519Key key, Ledger.Side side, Address contract, long tokens, long queryId, Address excessesTo);
}
