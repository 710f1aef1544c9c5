package io.cocoon.ton.lite;

import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlWriter;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellBuilder;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.cell.CellSlice;
import io.cocoon.ton.cell.Dictionary;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The validators who sign blocks of the masterchain during one catchain: the first "main" ones of the configured list, in an
 * order that the number of the catchain shuffles. The order counts: the short hash in headers depends on it.
 *
 * @param catchainSeqno number of the catchain
 * @param validators in their order
 */
record ValidatorSet(int catchainSeqno, List<Validator> validators) {

    private static final int PLAIN = 0x11;
    private static final int EXTENDED = 0x12;
    private static final int VALIDATOR = 0x53;
    private static final int VALIDATOR_WITH_ADDRESS = 0x73;
    private static final int ED25519_PUBLIC_KEY = 0x8e81278a;
    private static final int CATCHAIN_CONFIG = 0xc1;
    private static final int CATCHAIN_CONFIG_NEW = 0xc2;
    private static final int KEY_BITS = 16;

    /** What the short hash begins with. */
    private static final int HASH_MAGIC = 0x901660ed;

    /** Greatest sum of all weights, so that three times it fits 64 bits. */
    private static final long MAX_WEIGHT = 1L << 61;

    /**
     * One validator.
     *
     * @param key Ed25519
     * @param weight how much a signature counts, 1 or more
     * @param adnl its network address; zeros if none
     */
    record Validator(Int256 key, long weight, Int256 adnl) {}

    ValidatorSet {
        validators = List.copyOf(validators);
    }

    /**
     * Computes the validators of the masterchain.
     *
     * @param list configuration parameter 35 if there is one, else 34
     * @param catchainConfig configuration parameter 28; null if there is none
     */
    static ValidatorSet ofMasterchain(Cell list, @Nullable Cell catchainConfig, int catchainSeqno)
            throws ProofException, CellException {
        List<Validator> main = main(list);
        if (catchainConfig == null || !shuffles(catchainConfig)) {
            return new ValidatorSet(catchainSeqno, main);
        }
        ValidatorShuffle shuffle = new ValidatorShuffle(BlockId.MASTERCHAIN, BlockId.WHOLE_SHARD, catchainSeqno);
        int[] order = new int[main.size()];
        for (int i = 0; i < order.length; i++) {
            int other = (int) shuffle.next(i + 1);
            order[i] = order[other];
            order[other] = i;
        }
        List<Validator> shuffled = new ArrayList<>();
        for (int index : order) {
            shuffled.add(main.get(index));
        }
        return new ValidatorSet(catchainSeqno, shuffled);
    }

    private static boolean shuffles(Cell catchainConfig) throws CellException, ProofException {
        CellSlice slice = catchainConfig.beginParse();
        int tag = (int) slice.loadUint(8);
        if (tag == CATCHAIN_CONFIG) {
            return false;
        }
        if (tag != CATCHAIN_CONFIG_NEW) {
            throw new CellException("a configuration of catchains begins with %02x".formatted(tag));
        }
        slice.loadUint(7);
        return slice.loadBit();
    }

    private static List<Validator> main(Cell list) throws CellException, ProofException {
        CellSlice slice = list.beginParse();
        int tag = (int) slice.loadUint(8);
        if (tag != PLAIN && tag != EXTENDED) {
            throw new CellException("a list of validators begins with %02x".formatted(tag));
        }
        slice.loadUint(32);
        slice.loadUint(32);
        int total = (int) slice.loadUint(16);
        int main = (int) slice.loadUint(16);
        Map<Bytes, CellSlice> entries;
        if (tag == EXTENDED) {
            slice.loadUint(64);
            entries = Dictionary.load(slice, KEY_BITS);
        } else {
            Cell rest = new CellBuilder().storeSlice(slice).build();
            CellBuilder root = new CellBuilder().storeBit(true).storeRef(rest);
            entries = Dictionary.load(root.build().beginParse(), KEY_BITS);
        }
        if (main < 1 || main > total || entries.size() != total) {
            throw new ProofException(
                    ProofCheck.VALIDATORS,
                    "a list states " + main + " main validators of " + total + ", and has " + entries.size());
        }
        List<Validator> validators = new ArrayList<>();
        long weight = 0;
        int index = 0;
        for (Map.Entry<Bytes, CellSlice> entry : entries.entrySet()) {
            int key = (entry.getKey().get(0) & 0xff) << 8 | (entry.getKey().get(1) & 0xff);
            Validator validator = validator(entry.getValue());
            if (key != index || validator.weight() <= 0 || validator.weight() > MAX_WEIGHT - weight) {
                throw new ProofException(
                        ProofCheck.VALIDATORS,
                        "entry " + index + " of the list has number " + key + " and weight "
                                + Long.toUnsignedString(validator.weight()) + " after a sum of " + weight);
            }
            weight += validator.weight();
            if (index++ < main) {
                validators.add(validator);
            }
        }
        return validators;
    }

    private static Validator validator(CellSlice slice) throws CellException {
        int tag = (int) slice.loadUint(8);
        int keyTag = (int) slice.loadUint(32);
        if ((tag != VALIDATOR && tag != VALIDATOR_WITH_ADDRESS) || keyTag != ED25519_PUBLIC_KEY) {
            throw new CellException("a validator begins with %02x and its key with %08x".formatted(tag, keyTag));
        }
        Int256 key = slice.loadInt256();
        long weight = slice.loadUint(64);
        return new Validator(key, weight, tag == VALIDATOR ? Int256.ZERO : slice.loadInt256());
    }

    /** Returns the short hash that headers and sets of signatures state. */
    int shortHash() {
        TlWriter out = new TlWriter();
        out.writeInt(HASH_MAGIC).writeInt(catchainSeqno).writeInt(validators.size());
        for (Validator validator : validators) {
            out.writeInt256(validator.key()).writeLong(validator.weight()).writeInt256(validator.adnl());
        }
        CRC32C crc = new CRC32C();
        crc.update(out.seal().asByteBuffer());
        return (int) crc.getValue();
    }

    /** Returns the sum of the weights. */
    long totalWeight() {
        return validators.stream().mapToLong(Validator::weight).sum();
    }
}
