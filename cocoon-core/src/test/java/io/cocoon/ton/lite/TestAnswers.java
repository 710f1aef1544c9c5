package io.cocoon.ton.lite;

import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlException;
import io.cocoon.tl.TlReader;
import io.cocoon.tl.TlWriter;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.CellException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/** What a liteserver says about a {@link TestChain}: the truth, unless a lie is set. Thread-safe. */
final class TestAnswers implements Function<Bytes, Bytes> {

    final TestChain chain;
    volatile int head;
    volatile int steps = 4;
    volatile int oldestTransaction;
    volatile int sendStatus = 1;
    volatile UnaryOperator<LiteAnswer.MasterchainInfo> infoLie = UnaryOperator.identity();
    volatile UnaryOperator<LiteAnswer.BlockProof> proofLie = UnaryOperator.identity();
    volatile UnaryOperator<LiteAnswer.Account> accountLie = UnaryOperator.identity();
    volatile UnaryOperator<LiteAnswer.Transactions> transactionsLie = UnaryOperator.identity();
    volatile UnaryOperator<LiteAnswer.Header> headerLie = UnaryOperator.identity();
    volatile Runnable beforeInfo = () -> {};
    final AtomicInteger infos = new AtomicInteger();
    final AtomicInteger proofSteps = new AtomicInteger();
    final AtomicInteger pages = new AtomicInteger();
    final List<Bytes> sent = new CopyOnWriteArrayList<>();

    TestAnswers(TestChain chain) {
        this.chain = chain;
        this.head = chain.last();
    }

    @Override
    public Bytes apply(Bytes function) {
        try {
            return answer(new TlReader(function));
        } catch (TlException | CellException e) {
            return error(-1, e.toString());
        }
    }

    static Bytes error(int code, String text) {
        return new TlWriter()
                .writeInt(0xbba9e148)
                .writeInt(code)
                .writeString(text)
                .seal();
    }

    private Bytes answer(TlReader in) throws TlException, CellException {
        int id = in.readInt();
        if (id == 0xbaeab892) {
            int wanted = in.readInt();
            in.readInt();
            if (wanted > head) {
                return error(652, "timeout");
            }
            id = in.readInt();
        }
        return switch (id) {
            case 0x89b5e62e -> info();
            case 0x21ec069e -> header(BlockId.read(in));
            case 0x8aea9c44 -> proof(in);
            case 0x6b890e25 -> account(BlockId.read(in), new Address(in.readInt(), in.readInt256()));
            case 0x1c40e7a1 -> transactions(in);
            case 0x690ad482 -> {
                sent.add(in.readBytes());
                yield sendStatus < 0
                        ? error(0, "cannot apply external message")
                        : new TlWriter()
                                .writeInt(0x3950e597)
                                .writeInt(sendStatus)
                                .seal();
            }
            default -> error(-2, "unknown function %08x".formatted(id));
        };
    }

    private Bytes info() {
        beforeInfo.run();
        infos.incrementAndGet();
        var info = infoLie.apply(new LiteAnswer.MasterchainInfo(
                chain.block(head).id(), chain.block(0).id().rootHash()));
        TlWriter out = new TlWriter().writeInt(0x85832881);
        BlockId.write(out, info.last());
        return out.writeInt256(Int256.ZERO)
                .writeInt(-1)
                .writeInt256(info.zeroState())
                .writeInt256(Int256.ZERO)
                .seal();
    }

    private Bytes header(BlockId id) {
        var header = headerLie.apply(new LiteAnswer.Header(
                id, TestChain.headerProof(chain.block(id.seqno()).root())));
        TlWriter out = new TlWriter().writeInt(0x752d8219);
        BlockId.write(out, header.id());
        return out.writeInt(0).writeBytes(header.proof()).seal();
    }

    private Bytes proof(TlReader in) throws TlException, CellException {
        in.readInt();
        BlockId from = BlockId.read(in);
        BlockId to = BlockId.read(in);
        if (from.seqno() > head || to.seqno() > head) {
            return error(651, "block is not in db");
        }
        var proof = proofLie.apply(chain.proof(from.seqno(), to.seqno(), steps));
        proofSteps.addAndGet(proof.steps().size());
        TlWriter out = new TlWriter().writeInt(0x8ed0d2c1).writeBool(proof.complete());
        BlockId.write(out, proof.from());
        BlockId.write(out, proof.to());
        return out.writeVector(proof.steps(), BlockLink::write).seal();
    }

    private Bytes account(BlockId at, Address address) throws CellException {
        if (at.seqno() > head) {
            return error(651, "block is not in db");
        }
        var account = accountLie.apply(chain.accountAnswer(at.seqno(), address));
        TlWriter out = new TlWriter().writeInt(0x7079c751);
        BlockId.write(out, account.at());
        BlockId.write(out, account.shardBlock());
        return out.writeBytes(account.shardProof())
                .writeBytes(account.proof())
                .writeBytes(account.state())
                .seal();
    }

    private Bytes transactions(TlReader in) throws TlException {
        int count = in.readInt();
        in.readInt();
        in.readInt256();
        long lt = in.readLong();
        Int256 hash = in.readInt256();
        pages.incrementAndGet();
        if ((lt - 1000) / 10 < oldestTransaction) {
            return error(-400, "cannot compute block with specified transaction: lt not in db");
        }
        int most = Math.min(count, (int) ((lt - 1000) / 10) - oldestTransaction + 1);
        var list = transactionsLie.apply(chain.transactionsAnswer(hash, most));
        return new TlWriter()
                .writeInt(0x6f26c60b)
                .writeVector(list.blocks(), BlockId::write)
                .writeBytes(list.transactions())
                .seal();
    }
}
