package io.cocoon.proxy;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.chain.CocoonChain;
import io.cocoon.ton.chain.RootState;
import io.cocoon.ton.contract.ContractAddresses;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/** Where a proxy's ledger comes from, and what it fits. */
sealed interface LedgerSource {

    /** The proxy that wants a ledger. */
    record Owner(CocoonChain chain, Ed25519Key key, Address owner, SecureRandom secure) {

        LedgerIdentity identity() {
            return new LedgerIdentity(chain.root().root(), owner, key.publicKey());
        }

        Address contract() {
            return contract(chain.root());
        }

        /** Returns the proxy's contract under a root state. */
        Address contract(RootState root) {
            return ContractAddresses.proxy(root, owner, key.publicKey());
        }
    }

    /**
     * Opens it.
     *
     * @throws IllegalStateException if it does not fit the network
     * @throws IOException if it cannot be opened
     * @throws LedgerStoppedException if the chain knows a newer one
     */
    Ledger open(Owner owner) throws IOException;

    /** Nothing was said: memory will do where nothing is paid. */
    record Default() implements LedgerSource {
        @Override
        public Ledger open(Owner owner) {
            if (!owner.chain.isSimulated()) {
                throw new IllegalStateException("a proxy of " + owner.chain.describe()
                        + " needs a ledger that survives the process, or what it is"
                        + " owed is lost with it; set ledger(folder, saver)");
            }
            return new InMemoryLedger();
        }
    }

    /** One that is open. */
    record Given(Ledger ledger) implements LedgerSource {
        @Override
        public Ledger open(Owner owner) {
            return ledger;
        }
    }

    /** Files in a folder; without a {@code saver} for the mode without a chain. */
    record Folder(Path path, @Nullable StateSaver saver) implements LedgerSource {

        /** A chain that does not answer for so long keeps a proxy from starting. */
        private static final Duration CATCH_UP = Duration.ofMinutes(2);

        @Override
        public Ledger open(Owner owner) throws IOException {
            StateSaver chain = saver;
            if (chain == null) {
                if (!owner.chain.isSimulated()) {
                    throw new IllegalStateException(
                            "a ledger's folder alone is for the mode without a chain, and this is "
                                    + owner.chain.describe()
                                    + "; set ledger(folder, saver) with what saves its state on the chain");
                }
                chain = StateSaver.inProcess();
            }
            return DurableLedger.open(
                    SqliteStore.open(path),
                    owner.identity(),
                    owner.contract(),
                    owner.key,
                    chain,
                    new DurableLedger.Parts(owner.secure, CATCH_UP, newWriter()));
        }
    }

    /** Returns the one thread that has a ledger's disk. */
    static ExecutorService newWriter() {
        return Executors.newSingleThreadExecutor(task -> {
            Thread thread = new Thread(task, "cocoon-proxy-ledger");
            thread.setDaemon(true);
            return thread;
        });
    }
}
