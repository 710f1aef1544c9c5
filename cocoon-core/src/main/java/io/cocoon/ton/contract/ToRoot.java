package io.cocoon.ton.contract;

import io.cocoon.payment.Nanoton;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellBuilder;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.cell.CellSlice;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;

/**
 * Messages from its owner to the root contract. Payments dossier 5.7. Each adds 1 to the root's version, but for the upgrades of
 * its own code.
 */
public sealed interface ToRoot extends MessageBody {

    /** One of the lists of allowed hashes. */
    enum HashList {
        /** Images of proxies. */
        PROXIES(0x71860e80L, 0x3c41d0b2L),
        /** Images of workers. */
        WORKERS(0xe34b1c60L, 0x8d94a79aL),
        /** SHA-256 of the full names of models. */
        MODELS(0xc146134dL, 0x92b11c18L);

        private final long add;
        private final long delete;

        HashList(long add, long delete) {
            this.add = add;
            this.delete = delete;
        }
    }

    /** Puts a hash on a list. */
    record AddHash(long queryId, HashList list, Int256 hash) implements ToRoot {
        @Override
        public Cell toCell() {
            return MessageBody.hash(list.add, queryId, hash);
        }
    }

    /** Takes a hash off a list. */
    record DeleteHash(long queryId, HashList list, Int256 hash) implements ToRoot {
        @Override
        public Cell toCell() {
            return MessageBody.hash(list.delete, queryId, hash);
        }
    }

    /**
     * Registers a proxy under the next sequence number.
     *
     * @param addresses {@code worker_host:port client_host:port} or one of them for both, at most 127 ASCII characters
     */
    record RegisterProxy(long queryId, String addresses) implements ToRoot {
        static final long OP = 0x927c7cb5L;

        @Override
        public Cell toCell() {
            return storeText(MessageBody.begin(OP, queryId), addresses).build();
        }
    }

    /** Takes a proxy off the list. */
    record UnregisterProxy(long queryId, int seqno) implements ToRoot {
        static final long OP = 0x6d49eaf2L;

        @Override
        public Cell toCell() {
            return MessageBody.begin(OP, queryId)
                    .storeUint(Integer.toUnsignedLong(seqno), 32)
                    .build();
        }
    }

    /** Changes the addresses of a proxy. */
    record UpdateProxy(long queryId, int seqno, String addresses) implements ToRoot {
        static final long OP = 0x9c7924baL;

        @Override
        public Cell toCell() {
            return storeText(MessageBody.begin(OP, queryId).storeUint(Integer.toUnsignedLong(seqno), 32), addresses)
                    .build();
        }
    }

    /** Changes what tokens cost; every contract gets a new address. */
    record ChangePrice(long queryId, Nanoton perToken, Nanoton workerFeePerToken) implements ToRoot {
        static final long OP = 0xc52ed8d4L;

        @Override
        public Cell toCell() {
            return MessageBody.begin(OP, queryId)
                    .storeCoins(perToken)
                    .storeCoins(workerFeePerToken)
                    .build();
        }
    }

    /** Changes prices, delays and stakes; every contract gets a new address. */
    record ChangeParams(
            long queryId,
            Nanoton perToken,
            Nanoton workerFeePerToken,
            Duration proxyDelay,
            Duration clientDelay,
            Nanoton minProxyStake,
            Nanoton minClientStake)
            implements ToRoot {
        static final long OP = 0x022fa189L;

        @Override
        public Cell toCell() {
            return MessageBody.begin(OP, queryId)
                    .storeCoins(perToken)
                    .storeCoins(workerFeePerToken)
                    .storeUint(proxyDelay.toSeconds(), 32)
                    .storeUint(clientDelay.toSeconds(), 32)
                    .storeCoins(minProxyStake)
                    .storeCoins(minClientStake)
                    .build();
        }
    }

    /** Changes the codes of the other contracts; every contract gets a new address. */
    record UpgradeContracts(long queryId, Cell proxyCode, Cell workerCode, Cell clientCode) implements ToRoot {
        static final long OP = 0xa2370f61L;

        @Override
        public Cell toCell() {
            return MessageBody.begin(OP, queryId)
                    .storeRef(proxyCode)
                    .storeRef(workerCode)
                    .storeRef(clientCode)
                    .build();
        }
    }

    /** Changes the root contract's own code. */
    record UpgradeCode(long queryId, Cell code) implements ToRoot {
        static final long OP = 0x11aefd51L;

        @Override
        public Cell toCell() {
            return MessageBody.begin(OP, queryId).storeRef(code).build();
        }
    }

    /** Changes the root contract's data and code. */
    record UpgradeFull(long queryId, Cell data, Cell code) implements ToRoot {
        static final long OP = 0x4f7c5789L;

        @Override
        public Cell toCell() {
            return MessageBody.begin(OP, queryId).storeRef(data).storeRef(code).build();
        }
    }

    /** Clears the three lists of hashes and the list of proxies. */
    record Reset(long queryId) implements ToRoot {
        static final long OP = 0x563c1d96L;

        @Override
        public Cell toCell() {
            return MessageBody.begin(OP, queryId).build();
        }
    }

    /** Hands the contract over. */
    record ChangeOwner(long queryId, Address owner) implements ToRoot {
        static final long OP = 0xc4a1ae54L;

        @Override
        public Cell toCell() {
            return MessageBody.begin(OP, queryId).storeAddress(owner).build();
        }
    }

    /**
     * Lists a key for payload encryption; layout 4 and later.
     *
     * @param type 1 is the one that clients use
     */
    record AddPublicKey(long queryId, Int256 key, int type, Instant expiresAt) implements ToRoot {
        static final long OP = 0x6e5a646aL;

        @Override
        public Cell toCell() {
            return MessageBody.begin(OP, queryId)
                    .storeInt256(key)
                    .storeUint(type, 8)
                    .storeUint(expiresAt.getEpochSecond(), 32)
                    .build();
        }
    }

    /**
     * Names the key manager; layout 4 and later. In which order the live network's contract takes the fields was not seen (payments
     * dossier 5.7); this is the order of our own contract.
     *
     * @param key its identity
     * @param imageHash what it must run
     * @param address where it listens, at most 127 ASCII characters
     */
    record ChangeKeyManager(long queryId, Int256 key, Int256 imageHash, String address) implements ToRoot {
        static final long OP = 0xb01c0fe9L;

        @Override
        public Cell toCell() {
            return storeText(MessageBody.begin(OP, queryId).storeInt256(key).storeInt256(imageHash), address)
                    .build();
        }
    }

    /** Reads a body. @throws CellException if it is none of these */
    static ToRoot read(Cell body) throws CellException {
        CellSlice in = body.beginParse();
        long operation = in.loadUint(32);
        long queryId = in.loadInt(64);
        for (HashList list : HashList.values()) {
            if (operation == list.add) {
                return MessageBody.end(in, new AddHash(queryId, list, in.loadInt256()));
            }
            if (operation == list.delete) {
                return MessageBody.end(in, new DeleteHash(queryId, list, in.loadInt256()));
            }
        }
        return MessageBody.end(in, readRest(in, operation, queryId));
    }

    private static ToRoot readRest(CellSlice in, long operation, long queryId) throws CellException {
        if (operation == RegisterProxy.OP) {
            return new RegisterProxy(queryId, loadText(in));
        }
        if (operation == UnregisterProxy.OP) {
            return new UnregisterProxy(queryId, (int) in.loadUint(32));
        }
        if (operation == UpdateProxy.OP) {
            return new UpdateProxy(queryId, (int) in.loadUint(32), loadText(in));
        }
        if (operation == ChangePrice.OP) {
            return new ChangePrice(queryId, in.loadCoins(), in.loadCoins());
        }
        if (operation == ChangeParams.OP) {
            return new ChangeParams(
                    queryId,
                    in.loadCoins(),
                    in.loadCoins(),
                    Duration.ofSeconds(in.loadUint(32)),
                    Duration.ofSeconds(in.loadUint(32)),
                    in.loadCoins(),
                    in.loadCoins());
        }
        if (operation == UpgradeContracts.OP) {
            return new UpgradeContracts(queryId, in.loadRef(), in.loadRef(), in.loadRef());
        }
        if (operation == UpgradeCode.OP) {
            return new UpgradeCode(queryId, in.loadRef());
        }
        if (operation == UpgradeFull.OP) {
            return new UpgradeFull(queryId, in.loadRef(), in.loadRef());
        }
        if (operation == Reset.OP) {
            return new Reset(queryId);
        }
        if (operation == ChangeOwner.OP) {
            return new ChangeOwner(queryId, in.loadAddress());
        }
        if (operation == AddPublicKey.OP) {
            return new AddPublicKey(
                    queryId, in.loadInt256(), (int) in.loadUint(8), Instant.ofEpochSecond(in.loadUint(32)));
        }
        if (operation == ChangeKeyManager.OP) {
            return new ChangeKeyManager(queryId, in.loadInt256(), in.loadInt256(), loadText(in));
        }
        throw MessageBody.unknown(operation, "root");
    }

    private static CellBuilder storeText(CellBuilder out, String text) {
        Bytes ascii = Bytes.utf8(text);
        if (ascii.length() > 127 || ascii.length() != text.length()) {
            throw new IllegalArgumentException("addresses are at most 127 ASCII characters: '" + text + "'");
        }
        return out.storeBit(false).storeUint(ascii.length(), 7).storeBytes(ascii);
    }

    private static String loadText(CellSlice in) throws CellException {
        if (in.loadBit()) {
            throw new CellException("an address of a type that is not known");
        }
        byte[] text = in.loadBytes((int) in.loadUint(7)).toByteArray();
        for (byte character : text) {
            if (character < 0) {
                throw new CellException("an address with a character that is not ASCII");
            }
        }
        return new String(text, StandardCharsets.US_ASCII);
    }
}
