package io.cocoon.ton.lite;

import io.cocoon.tl.Bytes;
import io.cocoon.tl.TlException;
import io.cocoon.tl.TlReader;
import io.cocoon.tl.TlWriter;

/** One step of a chain of proofs from a block of the masterchain to another. */
sealed interface BlockLink {

    int BACK = 0xef7e1bef;
    int FORWARD = 0x520fce1c;

    /** Whether the server says that the destination is a key block. */
    boolean toKeyBlock();

    /** From which block. */
    BlockId from();

    /** To which block. */
    BlockId to();

    /** Proof of the destination's header. */
    Bytes destinationProof();

    /**
     * To a later block, signed by the validators that the source names.
     *
     * @param configProof proof of the configuration in the source
     */
    record Forward(
            boolean toKeyBlock,
            BlockId from,
            BlockId to,
            Bytes destinationProof,
            Bytes configProof,
            SignatureSet signatures)
            implements BlockLink {}

    /**
     * To an earlier block, which the source's state remembers.
     *
     * @param proof proof of the source's header with its state's hash
     * @param stateProof proof of the list of earlier blocks in that state
     */
    record Back(boolean toKeyBlock, BlockId from, BlockId to, Bytes destinationProof, Bytes proof, Bytes stateProof)
            implements BlockLink {}

    /** Reads a boxed link. */
    static BlockLink read(TlReader in) throws TlException {
        int id = in.readInt();
        if (id != FORWARD && id != BACK) {
            throw in.unknownConstructor(id);
        }
        boolean toKeyBlock = in.readBool();
        BlockId from = BlockId.read(in);
        BlockId to = BlockId.read(in);
        Bytes destinationProof = in.readBytes();
        return id == FORWARD
                ? new Forward(toKeyBlock, from, to, destinationProof, in.readBytes(), SignatureSet.read(in))
                : new Back(toKeyBlock, from, to, destinationProof, in.readBytes(), in.readBytes());
    }

    /** Writes a boxed link. */
    static void write(TlWriter out, BlockLink link) {
        out.writeInt(link instanceof Forward ? FORWARD : BACK).writeBool(link.toKeyBlock());
        BlockId.write(out, link.from());
        BlockId.write(out, link.to());
        out.writeBytes(link.destinationProof());
        if (link instanceof Forward forward) {
            out.writeBytes(forward.configProof);
            SignatureSet.write(out, forward.signatures);
        } else if (link instanceof Back back) {
            out.writeBytes(back.proof).writeBytes(back.stateProof);
        }
    }
}
