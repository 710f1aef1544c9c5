package io.cocoon.ton.contract;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellBuilder;
import java.time.Instant;

/** What a key manager sends to the root contract. Pure functions. */
public final class KeyManagerMessages {

    private static final long ADD_PUBLIC_KEY = 0x9e0e1821L;

    private KeyManagerMessages() {}

    /**
     * Returns the signed body that registers a network key.
     *
     * @param type 1 is the one that clients use; 0 to 255
     * @param expiresAt in whole seconds, before 2106
     * @param excessesTo where unused value goes; not signed
     * @throws IllegalArgumentException if a value does not fit its field
     */
    public static Cell addPublicKey(
            Ed25519Key keyManager, long queryId, Int256 publicKey, int type, Instant expiresAt, Address excessesTo) {
        Cell signed = new CellBuilder()
                .storeUint(ADD_PUBLIC_KEY, 32)
                .storeUint(queryId, 64)
                .storeInt256(publicKey)
                .storeUint(type, 8)
                .storeUint(expiresAt.getEpochSecond(), 32)
                .build();
        return new CellBuilder()
                .storeUint(ADD_PUBLIC_KEY, 32)
                .storeUint(queryId, 64)
                .storeAddress(excessesTo)
                .storeBytes(keyManager.sign(signed.hash().toBytes()))
                .storeRef(signed)
                .build();
    }
}
