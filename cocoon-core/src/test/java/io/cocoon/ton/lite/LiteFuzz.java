package io.cocoon.ton.lite;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.BagOfCells;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.chain.ChainException;
import io.cocoon.ton.chain.Head;
import io.cocoon.ton.chain.TransactionId;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Hostile bytes: a parser refuses them in its own way, or takes them; nothing else. */
class LiteFuzz {

    private static final int LIMIT = 1 << 20;
    private static final BlockId BLOCK = BlockId.masterchain(7, Int256.ZERO, Int256.ZERO);
    private static final Address ACCOUNT = new Address(0, Int256.ZERO);

    @FuzzTest
    void frames(FuzzedDataProvider data) {
        AdnlFrames frames = new AdnlFrames(LIMIT);
        try {
            while (data.remainingBytes() > 0) {
                frames.feed(data.consumeBytes(data.consumeInt(1, 4096)), payload -> {
                    if (payload.length() > LIMIT) {
                        throw new AssertionError("a payload of " + payload.length());
                    }
                });
            }
        } catch (AdnlException e) {
            // Refused, as it should be.
        }
        if (frames.allocated() > LIMIT + 4) {
            throw new AssertionError("allocated " + frames.allocated());
        }
    }

    @FuzzTest
    void answers(byte[] data) {
        readAnswers(Bytes.copyOf(data));
    }

    static void readAnswers(Bytes bytes) {
        for (LiteQuery<?> query : List.of(
                LiteQuery.masterchainInfo(),
                LiteQuery.blockHeader(BLOCK),
                LiteQuery.blockProof(BLOCK, BLOCK),
                LiteQuery.accountState(BLOCK, ACCOUNT),
                LiteQuery.transactions(ACCOUNT, 1, Int256.ZERO, 1),
                LiteQuery.sendMessage(Bytes.empty()))) {
            try {
                query.read(bytes);
            } catch (ProofException | LiteServerError e) {
                // Refused, as it should be.
            }
        }
    }

    @FuzzTest
    void proofs(byte[] data) {
        checkProofs(Bytes.copyOf(data));
    }

    /** Takes one bag for everything that a bag can be. */
    static void checkProofs(Bytes bag) {
        BlockId block = BlockId.masterchain(7, provenHash(bag), Int256.ZERO);
        ChainProof chain = new ChainProof(List.of());
        SignatureSet set = new SignatureSet.Classic(0, 0, List.of());
        BlockId later = BlockId.masterchain(8, block.rootHash(), Int256.ZERO);
        BlockId zero = BlockId.masterchain(0, block.rootHash(), Int256.ZERO);
        refuse(() -> chain.check(new BlockLink.Forward(false, zero, block, bag, bag, set)));
        refuse(() -> chain.check(new BlockLink.Back(false, later, block, bag, bag, bag)));
        refuse(() -> AccountProof.check(new LiteAnswer.Account(block, block, bag, bag, bag), block, ACCOUNT));
        refuse(() -> AccountProof.check(
                new LiteAnswer.Account(block, block, bag, bag, bag), block, new Address(-1, Int256.ZERO)));
        try {
            AccountProof.read(
                    new AccountProof.Proven(Optional.of(BagOfCells.read(bag)), TransactionId.NONE),
                    ACCOUNT,
                    new Head(1, Instant.EPOCH));
        } catch (ProofException | CellException e) {
            // Refused, as it should be.
        }
        try {
            ValidatorSet.ofMasterchain(BagOfCells.read(bag), BagOfCells.read(bag), 3);
        } catch (ProofException | CellException e) {
            // Refused, as it should be.
        }
        try {
            new History(ACCOUNT, TransactionId.NONE, new TransactionId(1, block.rootHash()), 5)
                    .take(new LiteAnswer.Transactions(List.of(), bag));
        } catch (ProofException | ChainException e) {
            // Refused, as it should be.
        }
    }

    private static Int256 provenHash(Bytes bag) {
        try {
            Cell root = BagOfCells.read(bag);
            return root.refCount() == 0 ? Int256.ZERO : root.ref(0).hash(0);
        } catch (CellException e) {
            return Int256.ZERO;
        }
    }

    private interface Check {
        void run() throws ProofException;
    }

    private static void refuse(Check check) {
        try {
            check.run();
        } catch (ProofException e) {
            return;
        }
        throw new AssertionError("nothing of this is proven");
    }

    @FuzzTest
    void configuration(byte[] data) {
        try {
            GlobalConfig.parse(new String(data, StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
            // Refused, as it should be.
        }
    }
}
