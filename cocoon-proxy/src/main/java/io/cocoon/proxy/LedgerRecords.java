package io.cocoon.proxy;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.proxy.CommitProtocol.State;
import io.cocoon.proxy.Ledger.Side;
import io.cocoon.proxy.LedgerStore.Row;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlException;
import io.cocoon.tl.TlReader;
import io.cocoon.tl.TlWriter;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.chain.TransactionId;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.TreeMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A ledger's records as bytes, authenticated with a key that only the machine key gives (payments dossier H43).
 *
 * <p>Each line carries a code over its key, its tokens and its sequence number, so it cannot be moved to another contract. The
 * head carries one over itself and over the exclusive-or of one secret mark of each line, so that no line can be taken away or
 * replaced by an older copy of itself. The marks are never stored: whoever sees the files cannot compute with them. An older
 * copy of everything is in order here; the chain finds it ({@link CommitProtocol}).
 *
 * <p>Not thread-safe.
 */
final class LedgerRecords {

    private static final int VERSION = 0x436c0001;
    private static final int MAC_BYTES = 32;
    private static final int KEY_BYTES = 40;
    private static final String HASH = "HmacSHA512";
    private static final byte[] KEY_USE =
            "cocoon proxy ledger, version 1".getBytes(java.nio.charset.StandardCharsets.US_ASCII);

    /** The head. {@code proxy} is the proxy's contract, {@code lines} how many lines there are. */
    record Head(LedgerIdentity identity, Address proxy, State state, int lines) {}

    /** A head that was read, and its code, which needs the lines to be checked. */
    record UncheckedHead(Head head, Bytes body, Bytes mac) {}

    /** A contract's total. {@code seqno} is the one under which it was written. */
    record Line(Side side, Address contract, long tokens, int seqno) {}

    private final Mac mac;
    private final byte[] marks = new byte[MAC_BYTES];
    private int lines;

    LedgerRecords(Ed25519Key machineKey) {
        try {
            mac = Mac.getInstance(HASH);
            mac.init(new SecretKeySpec(machineKey.seed().toByteArray(), HASH));
            mac.init(new SecretKeySpec(mac.doFinal(KEY_USE), HASH));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has " + HASH, e);
        }
    }

    private byte[] code(Bytes key, long tokens, int seqno) {
        return mac.doFinal(new TlWriter(KEY_BYTES + 13)
                .writeInt(1)
                .writeRaw(key)
                .writeLong(tokens)
                .writeInt(seqno)
                .seal()
                .toByteArray());
    }

    private void mark(byte[] code) {
        for (int i = 0; i < MAC_BYTES; i++) {
            marks[i] ^= code[MAC_BYTES + i];
        }
    }

    private static Bytes key(Side side, Address contract) {
        return new TlWriter(KEY_BYTES)
                .writeInt(side == Side.CLIENT ? 0 : 1)
                .writeInt(contract.workchain())
                .writeInt256(contract.hash())
                .seal();
    }

    /** Makes a line's record, which takes the place of the one before. */
    Row write(LedgerBook.Change change, int seqno) {
        Bytes key = key(change.side(), change.contract());
        if (change.writtenAt() == 0) {
            lines = Math.incrementExact(lines);
        } else {
            mark(code(key, change.before(), change.writtenAt()));
        }
        byte[] code = code(key, change.max(), seqno);
        mark(code);
        return new Row(
                key,
                new TlWriter()
                        .writeLong(change.max())
                        .writeInt(seqno)
                        .writeRaw(Bytes.copyOf(code, 0, MAC_BYTES))
                        .seal());
    }

    /** Reads a line, which counts for {@link #check}. @throws IOException if it is damaged or was changed */
    Line read(Row row) throws IOException {
        try {
            Line line = TlReader.readWhole(row.key(), in -> {
                Side side = in.readInt() == 0 ? Side.CLIENT : Side.WORKER;
                Address contract = new Address(in.readInt(), in.readInt256());
                return new Line(side, contract, 0, 0);
            });
            return TlReader.readWhole(row.value(), in -> {
                long tokens = in.readLong();
                int seqno = in.readInt();
                byte[] code = code(row.key(), tokens, seqno);
                byte[] found = in.readInt256().toByteArray();
                if (!MessageDigest.isEqual(found, Arrays.copyOf(code, MAC_BYTES)) || tokens < 0 || seqno < 1) {
                    throw new TlException(
                            "the line of %s %s was changed, or belongs to another contract"
                                    .formatted(line.side, line.contract),
                            in.offset());
                }
                mark(code);
                lines = Math.incrementExact(lines);
                return new Line(line.side, line.contract, tokens, seqno);
            });
        } catch (TlException | IllegalArgumentException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private static TlWriter writeAddress(TlWriter out, Address address) {
        return out.writeInt(address.workchain()).writeInt256(address.hash());
    }

    private static Address readAddress(TlReader in) throws TlException {
        return new Address(in.readInt(), in.readInt256());
    }

    private Bytes headCode(Bytes body) {
        Bytes covered = new TlWriter()
                .writeInt(2)
                .writeRaw(Bytes.copyOf(marks))
                .writeRaw(body)
                .seal();
        return Bytes.copyOf(mac.doFinal(covered.toByteArray()), 0, MAC_BYTES);
    }

    /** Makes the head that covers the lines as they are now. */
    Bytes writeHead(LedgerIdentity identity, Address proxy, State state) {
        TlWriter out = new TlWriter().writeInt(VERSION).writeInt256(identity.machineKey());
        writeAddress(writeAddress(writeAddress(out, identity.root()), identity.owner()), proxy)
                .writeInt(state.seqno())
                .writeLong(state.last().lt())
                .writeInt256(state.last().hash())
                .writeInt(lines)
                .writeInt(state.pending().size());
        state.pending().forEach((seqno, hash) -> out.writeInt(seqno).writeInt256(hash));
        Bytes body = out.seal();
        return body.concat(headCode(body));
    }

    /** Reads a head; what it says is believed only after {@link #check}. @throws IOException if it is damaged */
    static UncheckedHead readHead(Bytes record) throws IOException {
        int end = record.length() - MAC_BYTES;
        if (end < 0) {
            throw new IOException("its head has " + record.length() + " bytes");
        }
        Bytes body = record.slice(0, end);
        try {
            Head head = TlReader.readWhole(body, LedgerRecords::readBody);
            return new UncheckedHead(head, body, record.sliceFrom(end));
        } catch (TlException | IllegalArgumentException e) {
            throw new IOException("its head is none: " + e.getMessage(), e);
        }
    }

    private static Head readBody(TlReader in) throws TlException {
        int version = in.readInt();
        if (version != VERSION) {
            throw new TlException(
                    "it is of version %08x, this program reads %08x".formatted(version, VERSION), in.offset());
        }
        Int256 machineKey = in.readInt256();
        Address root = readAddress(in);
        Address owner = readAddress(in);
        Address proxy = readAddress(in);
        int seqno = in.readInt();
        TransactionId last = new TransactionId(in.readLong(), in.readInt256());
        int lines = in.readInt();
        int count = in.readInt();
        if (seqno < 0 || lines < 0 || count < 0 || count > CommitProtocol.MAX_PENDING) {
            throw new TlException(
                    "numbers out of range: seqno %d, %d lines, %d pending of at most %d"
                            .formatted(seqno, lines, count, CommitProtocol.MAX_PENDING),
                    in.offset());
        }
        TreeMap<Integer, Int256> pending = new TreeMap<>();
        for (int i = 0; i < count; i++) {
            pending.put(in.readInt(), in.readInt256());
        }
        return new Head(new LedgerIdentity(root, owner, machineKey), proxy, new State(seqno, last, pending), lines);
    }

    /** Checks a head against the lines that were read. @throws IOException if it does not cover exactly these */
    void check(UncheckedHead unchecked) throws IOException {
        if (lines != unchecked.head.lines) {
            throw new IOException("its head counts %d lines, found %d".formatted(unchecked.head.lines, lines));
        }
        if (!MessageDigest.isEqual(headCode(unchecked.body).toByteArray(), unchecked.mac.toByteArray())) {
            throw new IOException(
                    "its head does not fit its lines: lines were replaced by older ones, or the head was changed");
        }
    }
}
