package io.cocoon.ton.contract;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.tl.Bytes;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellBuilder;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.cell.CellSlice;
import java.util.OptionalLong;

/**
 * A message signed with a proxy's machine key, that anybody may submit. Payments dossier 5.5. The signature covers the statement, not
 * where the unused value goes; so whoever submits it puts his own address there.
 *
 * @param queryId any number; equal outside and in the statement
 * @param excessesTo gets the unused value of whoever submits it
 * @param signature Ed25519, 64 bytes, over the statement's representation hash
 * @param statement what is signed: operation, query id, tokens if the operation has any, and the contract that it is for
 */
public record SignedEnvelope(long queryId, Address excessesTo, Bytes signature, Cell statement) {

    private static final int SIGNATURE_BYTES = 64;

    public SignedEnvelope {
        if (signature.length() != SIGNATURE_BYTES) {
            throw new IllegalArgumentException("a signature has 64 bytes, got " + signature.length());
        }
    }

    /**
     * Signs.
     *
     * @param operation of the message that this becomes
     * @param tokens the new total, unsigned; empty for the messages that close a proxy contract
     * @param contract the contract that it is for
     */
    static SignedEnvelope sign(
            Ed25519Key key, long operation, long queryId, OptionalLong tokens, Address contract, Address excessesTo) {
        CellBuilder statement = new CellBuilder().storeUint(operation, 32).storeInt(queryId, 64);
        if (tokens.isPresent()) {
            statement.storeInt(tokens.getAsLong(), 64);
        }
        Cell signed = statement.storeAddress(contract).build();
        return new SignedEnvelope(queryId, excessesTo, key.sign(signed.hash().toBytes()), signed);
    }

    /** Returns the same for another submitter. */
    public SignedEnvelope withExcessesTo(Address submitter) {
        return new SignedEnvelope(queryId, submitter, signature, statement);
    }

    void write(CellBuilder out) {
        out.storeInt(queryId, 64).storeAddress(excessesTo).storeBytes(signature).storeRef(statement);
    }

    static SignedEnvelope read(CellSlice in) throws CellException {
        return new SignedEnvelope(in.loadInt(64), in.loadAddress(), in.loadBytes(SIGNATURE_BYTES), in.loadRef());
    }
}
