package io.cocoon.proxy;

import io.cocoon.tl.Bytes;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * Where a ledger's records are. It knows nothing of what they mean. One thread at a time.
 *
 * <p>Promise: after {@link #write} has returned, all of it is found again, also after a crash of the process or the machine;
 * while it has not, all or nothing of it.
 */
interface LedgerStore extends AutoCloseable {

    /** A record under its key. */
    record Row(Bytes key, Bytes value) {}

    /** Gets every record. */
    interface RowReader {
        void row(Row row) throws IOException;
    }

    /** Returns the head record; empty in a store that was never written. */
    Optional<Bytes> head() throws IOException;

    /** Reads all records but the head. */
    void rows(RowReader reader) throws IOException;

    /** Replaces the head and these records in one step. @throws IOException if that is not known to have worked */
    void write(Bytes head, List<Row> rows) throws IOException;

    @Override
    void close() throws IOException;
}
