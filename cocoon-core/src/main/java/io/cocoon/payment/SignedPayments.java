package io.cocoon.payment;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.BagOfCells;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellBuilder;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.cell.CellSlice;

/**
 * Makes and checks a proxy's signed statement "this contract has used or earned N tokens in total".
 *
 * <p>The bytes are the bag of cells of the outer message body (payments dossier 5.5).
 */
public final class SignedPayments {

    private static final int SIGNATURE_BYTES = 64;
    private static final BagOfCells.Limits LIMITS = new BagOfCells.Limits(1024, 8, 4);

    /** For which side a payment is. */
    public enum Kind {
        /** Charges a client contract, operation {@code bb63ff93}. */
        CLIENT_CHARGE(0xbb63ff93L),
        /** Pays a worker contract, operation {@code a040ad28}. */
        WORKER_PAYOUT(0xa040ad28L);

        private final long operation;

        Kind(long operation) {
            this.operation = operation;
        }
    }

    private SignedPayments() {}

    /**
     * Signs.
     *
     * @param tokens the new total, 0 or more
     * @param queryId any number; it plays no role in replay protection
     * @param excessesTo where unused value of whoever submits it goes; not signed
     * @throws IllegalArgumentException if {@code tokens} is negative
     */
    public static Bytes sign(
            Ed25519Key proxyKey, Kind kind, Address contract, long tokens, long queryId, Address excessesTo) {
        if (tokens < 0) {
            throw new IllegalArgumentException("a payment states 0 or more tokens, not " + tokens);
        }
        Cell statement = new CellBuilder()
                .storeUint(kind.operation, 32)
                .storeUint(queryId, 64)
                .storeUint(tokens, 64)
                .storeAddress(contract)
                .build();
        Cell body = new CellBuilder()
                .storeUint(kind.operation, 32)
                .storeUint(queryId, 64)
                .storeAddress(excessesTo)
                .storeBytes(proxyKey.sign(statement.hash().toBytes()))
                .storeRef(statement)
                .build();
        return BagOfCells.write(body);
    }

    /**
     * Returns the number of tokens that a payment states.
     *
     * @throws PaymentException if it is not a payment of this kind, for this contract, signed with this key
     */
    public static long check(Bytes payment, Kind kind, Address contract, Int256 proxyKey) throws PaymentException {
        try {
            return check(BagOfCells.read(payment, LIMITS), kind, contract, proxyKey);
        } catch (CellException e) {
            throw new PaymentException("not a signed payment: " + e.getMessage(), e);
        }
    }

    /**
     * Returns the same payment for whoever submits it: unused value goes to his own address, which is not signed. The rest stays as it
     * is, so check it first.
     *
     * @throws PaymentException if it has not the shape of a payment
     */
    public static Bytes repack(Bytes payment, Address excessesTo) throws PaymentException {
        try {
            CellSlice in = BagOfCells.read(payment, LIMITS).beginParse();
            CellBuilder out = new CellBuilder().storeUint(in.loadUint(32), 32).storeUint(in.loadUint(64), 64);
            in.loadAddress();
            out.storeAddress(excessesTo)
                    .storeBytes(in.loadBytes(SIGNATURE_BYTES))
                    .storeRef(in.loadRef());
            in.end("a signed payment");
            return BagOfCells.write(out.build());
        } catch (CellException e) {
            throw new PaymentException("not a signed payment: " + e.getMessage(), e);
        }
    }

    private static long check(Cell body, Kind kind, Address contract, Int256 proxyKey)
            throws CellException, PaymentException {
        CellSlice outer = body.beginParse();
        requireOperation(outer.loadUint(32), kind);
        long queryId = outer.loadUint(64);
        outer.loadAddress();
        Bytes signature = outer.loadBytes(SIGNATURE_BYTES);
        Cell statement = outer.loadRef();
        outer.end("a signed payment");

        CellSlice inner = statement.beginParse();
        requireOperation(inner.loadUint(32), kind);
        long signedQueryId = inner.loadUint(64);
        long tokens = inner.loadUint(64);
        Address destination = inner.loadAddress();
        inner.end("the signed part of a payment");

        if (queryId != signedQueryId) {
            throw new PaymentException("a payment has query id " + Long.toUnsignedString(queryId) + " outside and "
                    + Long.toUnsignedString(signedQueryId) + " in its signed part");
        }
        if (!destination.equals(contract)) {
            throw new PaymentException("a payment is for contract " + destination + ", wanted " + contract);
        }
        if (tokens < 0) {
            throw new PaymentException(
                    "a payment states " + Long.toUnsignedString(tokens) + " tokens, at most 2^63-1 are possible");
        }
        if (!Ed25519Key.verify(proxyKey, statement.hash().toBytes(), signature)) {
            throw new PaymentException("the signature of a payment is not of the proxy's key " + proxyKey.toHex());
        }
        return tokens;
    }

    private static void requireOperation(long operation, Kind kind) throws PaymentException {
        if (operation != kind.operation) {
            throw new PaymentException("wanted a payment of kind %s, operation %08x, got operation %08x"
                    .formatted(kind, kind.operation, operation));
        }
    }
}
