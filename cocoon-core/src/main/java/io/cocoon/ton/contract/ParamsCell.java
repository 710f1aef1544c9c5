package io.cocoon.ton.contract;

import io.cocoon.payment.Nanoton;
import io.cocoon.payment.Prices;
import io.cocoon.tl.Bytes;
import io.cocoon.ton.cell.BagOfCells;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellBuilder;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.cell.CellSlice;
import io.cocoon.ton.chain.RootState;
import java.time.Duration;

/** The parameter cell of layouts 0 to 5 (payments dossier, section 3). Pure functions. */
public final class ParamsCell {

    /** All three codes: the root contract. */
    public static final int MASK_ROOT = 7;

    /** Codes of worker and client: the proxy contract. */
    public static final int MASK_PROXY = 6;

    /** No code: client and worker contract. */
    public static final int MASK_NONE = 0;

    /** The newest layout. */
    public static final int MAX_STRUCT_VERSION = 5;

    private static final Nanoton DEFAULT_STAKE = Nanoton.ofTon("1");

    private ParamsCell() {}

    /**
     * Writes the cell with those codes whose bit is set in {@code mask}: 1 proxy, 2 worker, 4 client.
     *
     * @throws CellException if a code is not a bag of cells
     * @throws IllegalArgumentException if a value does not fit its field
     */
    public static Cell write(RootState.Params params, int mask) throws CellException {
        int layout = params.structVersion();
        Prices prices = params.prices();
        CellBuilder out = new CellBuilder()
                .storeUint(layout, 8)
                .storeUint(Integer.toUnsignedLong(params.version()), 32)
                .storeUint(Integer.toUnsignedLong(params.uniqueId()), 32)
                .storeBit(params.isTest())
                .storeCoins(prices.perToken())
                .storeCoins(prices.workerFeePerToken());
        if (layout >= 3) {
            out.storeUint(prices.promptMultiplier(), 32);
        }
        if (layout >= 2) {
            out.storeUint(prices.cachedMultiplier(), 32);
        }
        if (layout >= 3) {
            out.storeUint(prices.completionMultiplier(), 32);
        }
        if (layout >= 2) {
            out.storeUint(prices.reasoningMultiplier(), 32);
        }
        out.storeUint(params.proxyDelayBeforeClose().toSeconds(), 32)
                .storeUint(params.clientDelayBeforeClose().toSeconds(), 32);
        if (layout >= 1) {
            out.storeCoins(params.minProxyStake()).storeCoins(params.minClientStake());
        }
        storeCode(out, (mask & 1) != 0, params.proxyCode());
        storeCode(out, (mask & 2) != 0, params.workerCode());
        storeCode(out, (mask & 4) != 0, params.clientCode());
        return out.build();
    }

    private static void storeCode(CellBuilder out, boolean wanted, Bytes code) throws CellException {
        boolean present = wanted && !code.isEmpty();
        out.storeBit(present);
        if (present) {
            out.storeRef(BagOfCells.read(code));
        }
    }

    /** Reads the cell. @throws CellException if it is of another layout, or anything follows its last field */
    public static RootState.Params read(Cell cell) throws CellException {
        CellSlice in = cell.beginParse();
        int layout = (int) in.loadUint(8);
        if (layout > MAX_STRUCT_VERSION) {
            throw new CellException(
                    "unexpected params struct version " + layout + ", known are 0 to " + MAX_STRUCT_VERSION);
        }
        int version = nonNegative(in, "the version of the parameters");
        int uniqueId = (int) in.loadUint(32);
        boolean isTest = in.loadBit();
        Nanoton price = in.loadCoins();
        Nanoton fee = in.loadCoins();
        int prompt = layout >= 3 ? nonNegative(in, "the prompt multiplier") : Prices.ONE;
        int cached = layout >= 2 ? nonNegative(in, "the cached multiplier") : Prices.ONE;
        int completion = layout >= 3 ? nonNegative(in, "the completion multiplier") : Prices.ONE;
        int reasoning = layout >= 2 ? nonNegative(in, "the reasoning multiplier") : Prices.ONE;
        Duration proxyDelay = Duration.ofSeconds(in.loadUint(32));
        Duration clientDelay = Duration.ofSeconds(in.loadUint(32));
        Nanoton proxyStake = layout >= 1 ? in.loadCoins() : DEFAULT_STAKE;
        Nanoton clientStake = layout >= 1 ? in.loadCoins() : DEFAULT_STAKE;
        Bytes proxyCode = loadCode(in);
        Bytes workerCode = loadCode(in);
        Bytes clientCode = loadCode(in);
        in.end("the parameter cell");
        return new RootState.Params(
                layout,
                version,
                uniqueId,
                isTest,
                new Prices(price, fee, prompt, cached, completion, reasoning),
                proxyDelay,
                clientDelay,
                proxyStake,
                clientStake,
                proxyCode,
                workerCode,
                clientCode);
    }

    private static Bytes loadCode(CellSlice in) throws CellException {
        return in.loadBit() ? BagOfCells.write(in.loadRef()) : Bytes.empty();
    }

    /** The network's arithmetic has 31 bits where the cell has 32. */
    static int nonNegative(CellSlice in, String what) throws CellException {
        long value = in.loadUint(32);
        if (value > Integer.MAX_VALUE) {
            throw new CellException(what + " is at most 2^31-1 here, this one is " + value);
        }
        return (int) value;
    }
}
