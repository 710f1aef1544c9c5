package io.cocoon.ton.lite;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlException;
import io.cocoon.tl.TlReader;
import io.cocoon.tl.TlWriter;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Checks what validators signed. Pure functions; payments dossier 11.2, "What validators sign". */
final class Signatures {

    private static final int BLOCK_ID = 0xc50b6e70;
    private static final int DATA_TO_SIGN = 0xa8e33df8;
    private static final int FINALIZE_VOTE = 0x40a7e105;
    private static final int CANDIDATE_ID = 0xb691cd3f;
    private static final int CANDIDATE_PARENT = 0x1a4b9af1;
    private static final int CANDIDATE_WITHOUT_PARENTS = 0x22cbcca9;
    private static final int CANDIDATE_ORDINARY = 0xe8f9bcdc;
    private static final int CANDIDATE_EMPTY = 0x72b4d933;

    private Signatures() {}

    /** Requires that more than two thirds of the validators' weight signed this block, in either form. */
    static void check(SignatureSet set, ValidatorSet validators, BlockId block) throws ProofException {
        Map<Int256, ValidatorSet.Validator> known = new HashMap<>();
        for (ValidatorSet.Validator validator : validators.validators()) {
            known.put(AdnlKeys.shortId(validator.key()), validator);
        }
        Bytes signed = signedBytes(set, block);
        Set<Int256> seen = new HashSet<>();
        long weight = 0;
        for (SignatureSet.Signature signature : set.signatures()) {
            ValidatorSet.Validator validator = known.get(signature.signer());
            if (validator == null) {
                throw new ProofException(
                        ProofCheck.SIGNER, "signer " + signature.signer() + " of " + block + " is no validator of it");
            }
            if (!seen.add(signature.signer())) {
                throw new ProofException(
                        ProofCheck.SIGNER_TWICE, "signer " + signature.signer() + " of " + block + " is there twice");
            }
            if (!Ed25519Key.verify(validator.key(), signed, signature.signature())) {
                throw new ProofException(
                        ProofCheck.SIGNATURE,
                        "the signature of " + signature.signer() + " under " + block + " is wrong");
            }
            weight += validator.weight();
        }
        long total = validators.totalWeight();
        if (weight * 3 <= total * 2) {
            throw new ProofException(
                    ProofCheck.WEIGHT,
                    "weight " + weight + " of " + total + " signed " + block + "; wanted more than two thirds");
        }
    }

    /** Returns the bytes under a signature. */
    static Bytes signedBytes(SignatureSet set, BlockId block) throws ProofException {
        if (set instanceof SignatureSet.Simplex simplex) {
            requireCandidate(simplex.candidate(), block);
            byte[] hash = AdnlKeys.sha256().digest(simplex.candidate().toByteArray());
            Bytes vote = new TlWriter()
                    .writeInt(FINALIZE_VOTE)
                    .writeInt(CANDIDATE_ID)
                    .writeInt(simplex.slot())
                    .writeInt256(Int256.of(hash))
                    .seal();
            return new TlWriter()
                    .writeInt(DATA_TO_SIGN)
                    .writeInt256(simplex.session())
                    .writeBytes(vote)
                    .seal();
        }
        return new TlWriter()
                .writeInt(BLOCK_ID)
                .writeInt256(block.rootHash())
                .writeInt256(block.fileHash())
                .seal();
    }

    /**
     * Requires that a candidate is this block. An empty candidate counts: it names the block that it follows, and to finalise
     * it is to finalise that block.
     */
    private static void requireCandidate(Bytes candidate, BlockId block) throws ProofException {
        BlockId named;
        try {
            named = TlReader.readWhole(candidate, Signatures::readCandidate);
        } catch (TlException e) {
            throw new ProofException(ProofCheck.CANDIDATE, "what was voted for is no candidate: " + e.getMessage());
        }
        if (!named.equals(block)) {
            throw new ProofException(
                    ProofCheck.CANDIDATE, "the votes are for a candidate that is block " + named + ", not " + block);
        }
    }

    private static BlockId readCandidate(TlReader in) throws TlException {
        int id = in.readInt();
        if (id != CANDIDATE_ORDINARY && id != CANDIDATE_EMPTY) {
            throw in.unknownConstructor(id);
        }
        BlockId block = BlockId.read(in);
        if (id == CANDIDATE_EMPTY) {
            readCandidateId(in);
            return block;
        }
        in.readInt256(); // hash of the collated data
        int parent = in.readInt();
        if (parent == CANDIDATE_PARENT) {
            in.expectId(CANDIDATE_ID);
            readCandidateId(in);
        } else if (parent != CANDIDATE_WITHOUT_PARENTS) {
            throw in.unknownConstructor(parent);
        }
        return block;
    }

    private static void readCandidateId(TlReader in) throws TlException {
        in.readInt();
        in.readInt256();
    }
}
