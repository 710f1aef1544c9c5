package io.cocoon.ton.lite;

import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlException;
import io.cocoon.tl.TlReader;
import io.cocoon.tl.TlWriter;
import io.cocoon.ton.cell.Address;
import java.time.Duration;

/**
 * A question to a liteserver, and how its answer is read. Payments dossier 11.2.
 *
 * @param name for messages
 * @param body the boxed function
 * @param answerId the constructor of the answer
 * @param reader reads the answer's fields
 */
record LiteQuery<A>(String name, Bytes body, int answerId, TlReader.Element<A> reader) {

    static final int QUERY = 0x798c06df;
    static final int WAIT_MASTERCHAIN_SEQNO = 0xbaeab892;
    static final int GET_MASTERCHAIN_INFO = 0x89b5e62e;
    static final int GET_BLOCK_HEADER = 0x21ec069e;
    static final int GET_BLOCK_PROOF = 0x8aea9c44;
    static final int GET_ACCOUNT_STATE = 0x6b890e25;
    static final int GET_TRANSACTIONS = 0x1c40e7a1;
    static final int SEND_MESSAGE = 0x690ad482;

    /** The most transactions that a server returns at once. */
    static final int MAX_TRANSACTIONS = 16;

    private static final int HAS_TARGET = 1;

    /** Asks for the newest block that the server knows. */
    static LiteQuery<LiteAnswer.MasterchainInfo> masterchainInfo() {
        return new LiteQuery<>(
                "getMasterchainInfo",
                new TlWriter(16).writeInt(GET_MASTERCHAIN_INFO).seal(),
                LiteAnswer.MasterchainInfo.ID,
                LiteAnswer.MasterchainInfo::read);
    }

    /** Asks for the header of a block. */
    static LiteQuery<LiteAnswer.Header> blockHeader(BlockId block) {
        TlWriter out = new TlWriter().writeInt(GET_BLOCK_HEADER);
        BlockId.write(out, block);
        return new LiteQuery<>("getBlockHeader", out.writeInt(0).seal(), LiteAnswer.Header.ID, LiteAnswer.Header::read);
    }

    /** Asks for proofs that lead from a known block to another, or for as many as fit. */
    static LiteQuery<LiteAnswer.BlockProof> blockProof(BlockId known, BlockId target) {
        TlWriter out = new TlWriter().writeInt(GET_BLOCK_PROOF).writeInt(HAS_TARGET);
        BlockId.write(out, known);
        BlockId.write(out, target);
        return new LiteQuery<>("getBlockProof", out.seal(), LiteAnswer.BlockProof.ID, LiteAnswer.BlockProof::read);
    }

    /** Asks for an account as it was at a block of the masterchain. */
    static LiteQuery<LiteAnswer.Account> accountState(BlockId at, Address account) {
        TlWriter out = new TlWriter().writeInt(GET_ACCOUNT_STATE);
        BlockId.write(out, at);
        out.writeInt(account.workchain()).writeInt256(account.hash());
        return new LiteQuery<>("getAccountState", out.seal(), LiteAnswer.Account.ID, LiteAnswer.Account::read);
    }

    /** Asks for a transaction and those before it. */
    static LiteQuery<LiteAnswer.Transactions> transactions(Address account, long lt, Int256 hash, int count) {
        TlWriter out = new TlWriter()
                .writeInt(GET_TRANSACTIONS)
                .writeInt(count)
                .writeInt(account.workchain())
                .writeInt256(account.hash())
                .writeLong(lt)
                .writeInt256(hash);
        return new LiteQuery<>(
                "getTransactions", out.seal(), LiteAnswer.Transactions.ID, LiteAnswer.Transactions::read);
    }

    /** Asks to pass an external message on. */
    static LiteQuery<Integer> sendMessage(Bytes bag) {
        return new LiteQuery<>(
                "sendMessage",
                new TlWriter(bag.length() + 16)
                        .writeInt(SEND_MESSAGE)
                        .writeBytes(bag)
                        .seal(),
                LiteAnswer.SEND_STATUS,
                TlReader::readInt);
    }

    /** Returns this question for a server that may have to wait until it has a block. */
    LiteQuery<A> notBefore(int seqno, Duration wait) {
        Bytes prefix = new TlWriter(16)
                .writeInt(WAIT_MASTERCHAIN_SEQNO)
                .writeInt(seqno)
                .writeInt((int) Math.min(wait.toMillis(), Integer.MAX_VALUE))
                .seal();
        return new LiteQuery<>(name, prefix.concat(body), answerId, reader);
    }

    /** Returns what goes into ADNL's query. */
    Bytes toBytes() {
        return new TlWriter(body.length() + 16).writeInt(QUERY).writeBytes(body).seal();
    }

    /**
     * Reads an answer.
     *
     * @throws LiteServerError if the server says that it has none
     * @throws ProofException if it is anything else than this question's answer
     */
    A read(Bytes answer) throws ProofException, LiteServerError {
        try {
            TlReader in = new TlReader(answer);
            int id = in.readInt();
            if (id == LiteServerError.ID) {
                LiteServerError error = LiteServerError.read(in);
                in.expectEnd();
                throw error;
            }
            if (id != answerId) {
                throw in.unknownConstructor(id);
            }
            A value = reader.read(in);
            in.expectEnd();
            return value;
        } catch (TlException e) {
            throw new ProofException(ProofCheck.MALFORMED, "the answer to " + name + ": " + e.getMessage());
        }
    }
}
