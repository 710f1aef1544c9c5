package io.cocoon.ton.lite;

import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlException;
import io.cocoon.tl.TlReader;
import io.cocoon.tl.TlWriter;
import java.util.List;

/** Signatures of validators under a block of the masterchain, in one of two forms. */
sealed interface SignatureSet {

    /** {@code liteServer.signatureSet.ordinary}. */
    int CLASSIC = 0xf644a6e6;

    /** {@code liteServer.signatureSet.simplex}. */
    int SIMPLEX = 0xac249800;

    /** Who signed: the number that the shuffle of the validators begins with. */
    int catchainSeqno();

    /** Who signed: the short hash of the list of validators. */
    int validatorSetHash();

    /** The signatures. */
    List<Signature> signatures();

    /**
     * One signature.
     *
     * @param signer short id of a validator's key
     * @param signature 64 bytes of Ed25519
     */
    record Signature(Int256 signer, Bytes signature) {

        static Signature read(TlReader in) throws TlException {
            return new Signature(in.readInt256(), in.readBytes());
        }

        static void write(TlWriter out, Signature value) {
            out.writeInt256(value.signer).writeBytes(value.signature);
        }
    }

    /** Signs the block's two hashes. */
    record Classic(int validatorSetHash, int catchainSeqno, List<Signature> signatures) implements SignatureSet {}

    /**
     * Signs a vote to finalise a candidate.
     *
     * @param session what the vote was cast in
     * @param slot the candidate's slot
     * @param candidate boxed {@code consensus.CandidateHashData}, which names the block
     */
    record Simplex(
            int catchainSeqno,
            int validatorSetHash,
            List<Signature> signatures,
            Int256 session,
            int slot,
            Bytes candidate)
            implements SignatureSet {}

    /** Reads a boxed set. The two forms begin with the same two numbers in opposite order. */
    static SignatureSet read(TlReader in) throws TlException {
        int id = in.readInt();
        int first = in.readInt();
        int second = in.readInt();
        if (id == CLASSIC) {
            return new Classic(first, second, in.readVector(Signature::read));
        }
        if (id == SIMPLEX) {
            return new Simplex(
                    first, second, in.readVector(Signature::read), in.readInt256(), in.readInt(), in.readBytes());
        }
        throw new TlException("Unknown form of signatures 0x%08x".formatted(id), in.offset() - 12);
    }

    /** Writes a boxed set. */
    static void write(TlWriter out, SignatureSet set) {
        if (set instanceof Classic classic) {
            out.writeInt(CLASSIC).writeInt(classic.validatorSetHash).writeInt(classic.catchainSeqno);
            out.writeVector(classic.signatures, Signature::write);
        } else if (set instanceof Simplex simplex) {
            out.writeInt(SIMPLEX).writeInt(simplex.catchainSeqno).writeInt(simplex.validatorSetHash);
            out.writeVector(simplex.signatures, Signature::write)
                    .writeInt256(simplex.session)
                    .writeInt(simplex.slot)
                    .writeBytes(simplex.candidate);
        }
    }
}
