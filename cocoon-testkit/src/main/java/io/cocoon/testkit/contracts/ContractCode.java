package io.cocoon.testkit.contracts;

import io.cocoon.tl.Bytes;
import io.cocoon.ton.cell.BagOfCells;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * The code cells of one generation of contracts for a local chain. They have the data layouts, messages, checks and exit
 * codes of the deployed contracts (payments dossier 2 to 6), but not their code: hashes, addresses and gas are others. On
 * a live network codes come from the root contract, never from here.
 *
 * @param structVersion the only version of parameter cells that these contracts accept, 3 or 4
 * @param root prices, code cells, allowed images, list of proxies
 * @param proxy holds the money
 * @param client counts what a client has and has used
 * @param worker counts what a worker has been paid for
 * @param wallet of a runner; the same in every generation
 */
public record ContractCode(int structVersion, Cell root, Cell proxy, Cell client, Cell worker, Cell wallet) {

    /** Returns the contracts of the generation that is deployed. */
    public static ContractCode current() {
        return of(4);
    }

    /**
     * Returns the contracts of a generation.
     *
     * @throws IllegalArgumentException if {@code structVersion} is neither 3 nor 4
     */
    public static ContractCode of(int structVersion) {
        if (structVersion != 3 && structVersion != 4) {
            throw new IllegalArgumentException(
                    "there are contracts for struct versions 3 and 4, not for " + structVersion);
        }
        return new ContractCode(
                structVersion,
                load("root", structVersion),
                load("proxy", structVersion),
                load("client", structVersion),
                load("worker", structVersion),
                load("wallet", structVersion));
    }

    private static Cell load(String name, int structVersion) {
        String file = name + "-" + structVersion + ".code";
        try (InputStream in = ContractCode.class.getResourceAsStream(file)) {
            if (in == null) {
                throw new IllegalStateException("this jar lacks " + file + "; build it again");
            }
            String text = new String(in.readAllBytes(), StandardCharsets.US_ASCII).strip();
            return BagOfCells.read(Bytes.wrapUnshared(Base64.getDecoder().decode(text)));
        } catch (IOException e) {
            throw new UncheckedIOException("could not read " + file, e);
        } catch (CellException e) {
            throw new IllegalStateException("this jar's " + file + " is no bag of cells: " + e.getMessage(), e);
        }
    }
}
