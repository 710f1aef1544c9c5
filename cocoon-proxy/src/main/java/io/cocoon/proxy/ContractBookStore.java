package io.cocoon.proxy;

import io.cocoon.proxy.ContractBook.Contract;
import io.cocoon.store.StateStore;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.TlException;
import io.cocoon.ton.cell.Address;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;

/** Where a book of contracts is kept. */
record ContractBookStore(StateStore store) {

    /**
     * Reads the book, or begins one.
     *
     * @throws IOException if it cannot be read, or is another proxy's
     */
    ContractBook open(LedgerSource.Owner self) throws IOException {
        Optional<Bytes> saved = store.load();
        if (saved.isEmpty()) {
            ContractBook fresh = ContractBook.fresh(Contract.fresh(
                    self.chain().root(), self.contract(self.chain().root())));
            store.save(ContractBookCodec.write(fresh));
            return fresh;
        }
        ContractBook read;
        try {
            read = ContractBookCodec.read(saved.get());
        } catch (TlException e) {
            throw new IOException("the contracts of this proxy cannot be read: " + e.getMessage(), e);
        }
        Address derived = self.contract(read.current().root());
        if (!derived.equals(read.current().address())) {
            throw new IOException(
                    "this folder is that of proxy contract " + read.current().address()
                            + ", this proxy's would be " + derived
                            + ": another owner or machine key. Give each proxy a folder of its own");
        }
        return read;
    }

    /** Writes it down. @throws UncheckedIOException if that is not known to have worked */
    void save(ContractBook book) {
        try {
            store.save(ContractBookCodec.write(book));
        } catch (IOException e) {
            throw new UncheckedIOException("the contracts could not be written down: " + e.getMessage(), e);
        }
    }
}
