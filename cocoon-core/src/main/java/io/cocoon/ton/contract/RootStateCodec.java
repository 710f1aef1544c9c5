package io.cocoon.ton.contract;

import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.cell.CellSlice;
import io.cocoon.ton.cell.Dictionary;
import io.cocoon.ton.chain.HostPort;
import io.cocoon.ton.chain.RootState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Reads the data cell of the root contract, layouts 0 to 5. Nothing may follow the last field of any cell. Payments
 * dossier 2.3; wire dossier 2026, section 12. Pure functions.
 */
public final class RootStateCodec {

    private static final int HASH_BITS = 256;

    private RootStateCodec() {}

    /**
     * Reads the cell.
     *
     * @param root the contract's own address
     * @throws CellException if it is anything else
     */
    public static RootState read(Address root, Cell data) throws CellException {
        CellSlice in = data.beginParse();
        Address owner = in.loadAddress();
        int version = ParamsCell.nonNegative(in, "the version of the root contract");
        CellSlice registry = in.loadRef().beginParse();
        RootState.Params params = ParamsCell.read(in.loadRef());
        List<RootState.NetworkKey> networkKeys = List.of();
        Optional<RootState.KeyManager> keyManager = Optional.empty();
        if (params.structVersion() >= 4) {
            CellSlice keys = in.loadRef().beginParse();
            networkKeys = networkKeys(keys);
            keyManager = keyManager(keys);
            keys.end("the key manager cell");
        }
        if (params.structVersion() >= 5) {
            CellSlice verified = in.loadRef().beginParse();
            for (int i = 0; i < 3; i++) {
                Dictionary.load(verified, HASH_BITS);
            }
            verified.end("the cell of verified keys");
        }
        in.end("the root contract's data");

        Set<Int256> proxyHashes = hashes(registry);
        List<RootState.RegisteredProxy> proxies = proxies(registry);
        int lastSeqno = ParamsCell.nonNegative(registry, "the last sequence number of a proxy");
        Set<Int256> workerHashes = hashes(registry);
        Set<Int256> modelHashes = hashes(registry);
        registry.end("the registry");
        return new RootState(
                root,
                owner,
                version,
                params,
                proxies,
                lastSeqno,
                proxyHashes,
                workerHashes,
                modelHashes,
                networkKeys,
                keyManager);
    }

    private static Set<Int256> hashes(CellSlice in) throws CellException {
        Set<Int256> result = new java.util.HashSet<>();
        for (Bytes key : Dictionary.load(in, HASH_BITS).keySet()) {
            result.add(Int256.of(key.toByteArray()));
        }
        return result;
    }

    private static List<RootState.RegisteredProxy> proxies(CellSlice in) throws CellException {
        List<RootState.RegisteredProxy> result = new ArrayList<>();
        for (Map.Entry<Bytes, CellSlice> entry :
                Dictionary.load(in, Integer.SIZE).entrySet()) {
            CellSlice value = entry.getValue();
            if (value.loadBit()) {
                continue; // an entry of an unknown kind, which the network skips
            }
            String text = value.loadBytes((int) value.loadUint(7)).toUtf8();
            int seqno = entry.getKey().asByteBuffer().getInt();
            RootState.RegisteredProxy.parse(seqno, text).ifPresent(result::add);
        }
        return result;
    }

    private static List<RootState.NetworkKey> networkKeys(CellSlice in) throws CellException {
        List<RootState.NetworkKey> result = new ArrayList<>();
        for (Map.Entry<Bytes, CellSlice> entry : Dictionary.load(in, HASH_BITS).entrySet()) {
            int type = (int) entry.getValue().loadUint(8);
            Instant expiresAt = Instant.ofEpochSecond(entry.getValue().loadUint(32));
            result.add(new RootState.NetworkKey(Int256.of(entry.getKey().toByteArray()), type, expiresAt));
        }
        return result;
    }

    private static Optional<RootState.KeyManager> keyManager(CellSlice in) throws CellException {
        Int256 key = in.loadInt256();
        Int256 image = in.loadInt256();
        if (in.loadBit()) {
            throw new CellException("the address of the key manager is of an unknown kind");
        }
        String text = in.loadBytes((int) in.loadUint(7)).toUtf8();
        if (text.isEmpty()) {
            return Optional.empty();
        }
        HostPort address = HostPort.tryParse(text)
                .orElseThrow(() -> new CellException("the address of the key manager is no IPv4 address and port"));
        return Optional.of(new RootState.KeyManager(key, image, address));
    }
}
