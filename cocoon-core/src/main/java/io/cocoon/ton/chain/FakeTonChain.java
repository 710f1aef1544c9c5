package io.cocoon.ton.chain;

import io.cocoon.ton.cell.Address;
import java.nio.file.Path;

/**
 * The reference's mode without a chain: everything comes from one JSON file of TL type {@code rootConfig.pseudo}.
 *
 * <p>Simulated: nothing is paid. All parties need the same file, root address and test setting. Wire dossier 8.4 and 2026
 * part, section 13; payments dossier 13.
 */
public final class FakeTonChain {

    private FakeTonChain() {}

    /** Reads the file. */
    public static TonChain load(Path file, Address root, boolean testnet) {
        throw new IllegalStateException("comes with the TON part");
    }
}
