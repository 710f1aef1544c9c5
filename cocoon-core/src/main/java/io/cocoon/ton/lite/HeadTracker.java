package io.cocoon.ton.lite;

import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.chain.ChainException;
import io.cocoon.ton.chain.ChainException.Reason;
import io.cocoon.ton.chain.Head;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Knows the newest proven block and the newest proven key block, and proves the way to newer ones. Confined to the worker.
 */
final class HeadTracker {

    private static final Logger LOG = LoggerFactory.getLogger(HeadTracker.class);

    /**
     * A proven block.
     *
     * @param id which
     * @param head what callers see of it
     * @param from the server that told of it, which so has it
     */
    record Proven(BlockId id, Head head, LiteServer from) {}

    private final GlobalConfig config;
    private final ChainProof proof;
    private final TrustedBlocks kept;
    private final Clock clock;
    private final Duration maxAge;
    private final Duration timeout;
    private final Executor worker;
    private BlockId trusted;
    private @Nullable Proven newest;

    HeadTracker(
            GlobalConfig config, TrustedBlocks kept, Clock clock, Duration maxAge, Duration timeout, Executor worker) {
        this.config = config;
        this.proof = new ChainProof(config.hardForks());
        this.kept = kept;
        this.clock = clock;
        this.maxAge = maxAge;
        this.timeout = timeout;
        this.worker = worker;
        BlockId saved = kept.load().orElse(config.initBlock());
        this.trusted = saved.seqno() > config.initBlock().seqno() ? saved : config.initBlock();
    }

    /** Returns the newest proven block, however old; null before the first. */
    @Nullable
    Proven newest() {
        return newest;
    }

    /** Returns the block that proofs begin at now. */
    BlockId trusted() {
        return trusted;
    }

    /** Asks a server for its newest block and proves it. @return the newest one; fails if this server is behind it */
    CompletableFuture<Proven> refresh(LiteServer server) {
        return server.ask(LiteQuery.masterchainInfo(), timeout, worker).thenCompose(info -> {
            try {
                return prove(server, info);
            } catch (ProofException | ChainException e) {
                return CompletableFuture.failedFuture(e);
            }
        });
    }

    private CompletableFuture<Proven> prove(LiteServer server, LiteAnswer.MasterchainInfo info)
            throws ProofException, ChainException {
        BlockId last = info.last();
        if (!info.zeroState().equals(config.zeroState().rootHash())) {
            throw new ProofException(
                    ProofCheck.NETWORK,
                    "the server's network began with state " + info.zeroState().toHex() + ", ours with "
                            + config.zeroState().rootHash().toHex());
        }
        if (!last.isMasterchain()) {
            throw new ProofException(ProofCheck.MASTERCHAIN, "the newest block is " + last);
        }
        Proven known = newest;
        if (known != null && known.id().equals(last)) {
            return fresh(known);
        }
        int least = known == null ? trusted.seqno() : Math.max(known.id().seqno(), trusted.seqno());
        if (last.seqno() < least) {
            throw new ChainException(
                    Reason.STALE, "its newest block is " + last.seqno() + ", block " + least + " is proven already");
        }
        if (known != null && last.seqno() == known.id().seqno()) {
            throw new ProofException(
                    ProofCheck.FORK, "its newest block is " + last + ", but block " + known.id() + " is proven");
        }
        CompletableFuture<BlockHeader> header =
                last.equals(trusted) ? header(server, last) : walk(server, trusted, last);
        return header.thenCompose(proven -> {
            Head head = new Head(proven.id().seqno(), proven.time());
            Proven found = new Proven(proven.id(), head, server);
            if (newest == null || newest.id().seqno() < found.id().seqno()) {
                newest = found;
            }
            return fresh(newest);
        });
    }

    /** When no server has a newer block, the newest proven one will do as long as it is fresh. */
    CompletableFuture<Proven> fallBack(Throwable failure) {
        Throwable cause = LiteServer.unwrap(failure);
        boolean behind = cause instanceof ChainException chain && chain.reason() == Reason.STALE;
        return behind && newest != null && isFresh(newest)
                ? CompletableFuture.completedFuture(newest)
                : CompletableFuture.failedFuture(cause);
    }

    private boolean isFresh(Proven block) {
        return age(block).abs().compareTo(maxAge) <= 0;
    }

    private Duration age(Proven block) {
        return Duration.between(block.head().time(), clock.instant());
    }

    /** Fails if a block is too old, or too far in the future, by our clock. */
    private CompletableFuture<Proven> fresh(Proven block) {
        if (isFresh(block)) {
            return CompletableFuture.completedFuture(block);
        }
        Duration age = age(block);
        String seen = age.isNegative() ? age.negated().toSeconds() + " s ahead of" : age.toSeconds() + " s behind";
        return CompletableFuture.failedFuture(new ChainException(
                Reason.STALE,
                "its newest block, " + block.id().seqno() + ", is " + seen + " our clock; allowed are "
                        + maxAge.toSeconds() + " s"));
    }

    private CompletableFuture<BlockHeader> header(LiteServer server, BlockId block) {
        return server.ask(LiteQuery.blockHeader(block), timeout, worker).thenCompose(answer -> {
            try {
                return CompletableFuture.completedFuture(
                        BlockHeader.check(Proofs.read(answer.proof(), "the proof of block " + block), block));
            } catch (ProofException e) {
                return CompletableFuture.failedFuture(e);
            } catch (CellException e) {
                return CompletableFuture.failedFuture(new ProofException(e));
            }
        });
    }

    /** Goes on until it is there: each answer has to come nearer, and only key blocks lead on. */
    private CompletableFuture<BlockHeader> walk(LiteServer server, BlockId from, BlockId target) {
        return server.ask(LiteQuery.blockProof(from, target), timeout, worker).thenCompose(answer -> {
            try {
                BlockHeader reached = steps(answer, from, target);
                if (reached.id().equals(target)) {
                    return CompletableFuture.completedFuture(reached);
                }
                return walk(server, reached.id(), target);
            } catch (ProofException e) {
                return CompletableFuture.failedFuture(e);
            }
        });
    }

    /** Checks the steps of one answer and keeps the key blocks on the way. */
    private BlockHeader steps(LiteAnswer.BlockProof answer, BlockId from, BlockId target) throws ProofException {
        BlockHeader reached = null;
        BlockId at = from;
        BlockId keyBlock = trusted;
        for (BlockLink link : answer.steps()) {
            if (!link.from().equals(at)) {
                throw new ProofException(
                        ProofCheck.LINK, "a link begins at block " + link.from() + ", the way has come to " + at);
            }
            reached = proof.check(link);
            at = link.to();
            if (reached.keyBlock() && at.seqno() > keyBlock.seqno()) {
                keyBlock = at;
            }
        }
        boolean honest = answer.from().equals(from)
                && answer.to().equals(at)
                && answer.complete() == at.equals(target)
                && at.seqno() > from.seqno();
        if (reached == null || !honest) {
            throw new ProofException(
                    ProofCheck.LINK,
                    "a " + (answer.complete() ? "" : "part of a ") + "proof from " + answer.from() + " to "
                            + answer.to() + " leads from " + from + " to " + at + "; asked for was " + target);
        }
        if (keyBlock.seqno() > trusted.seqno()) {
            LOG.debug("key block {} is proven", keyBlock);
            trusted = keyBlock;
            kept.save(keyBlock);
        }
        return reached;
    }
}
