package io.cocoon.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cocoon.proxy.CommitProtocol.State;
import io.cocoon.proxy.Ledger.Side;
import io.cocoon.proxy.LedgerBook.Change;
import io.cocoon.proxy.LedgerStore.Row;
import io.cocoon.tl.Bytes;
import io.cocoon.ton.chain.TransactionId;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

class LedgerRecordsProperties {

    private static Change change(long max, long before, int writtenAt) {
        return new Change(Side.CLIENT, TestLedgers.address("client"), max, before, writtenAt);
    }

    private static Bytes flip(Bytes bytes, int bit) {
        byte[] changed = bytes.toByteArray();
        int at = Math.floorMod(bit, changed.length * 8);
        changed[at / 8] ^= (byte) (1 << at % 8);
        return Bytes.wrapUnshared(changed);
    }

    @Property
    void should_read_what_it_wrote_and_refuse_it_with_any_bit_changed(
            @ForAll @LongRange(min = 0) long tokens, @ForAll @IntRange(min = 1) int seqno, @ForAll int bit)
            throws IOException {
        LedgerRecords writer = new LedgerRecords(TestLedgers.KEY);
        State state = new State(
                seqno,
                new TransactionId(tokens, TestHashes.of("transaction")),
                new TreeMap<>(Map.of(seqno, TestHashes.of("session"))));
        Row row = writer.write(change(tokens, 0, 0), seqno);
        Bytes head = writer.writeHead(TestLedgers.IDENTITY, TestLedgers.PROXY, state);

        LedgerRecords reader = new LedgerRecords(TestLedgers.KEY);
        assertThat(reader.read(row))
                .isEqualTo(new LedgerRecords.Line(Side.CLIENT, TestLedgers.address("client"), tokens, seqno));
        LedgerRecords.UncheckedHead found = LedgerRecords.readHead(head);
        reader.check(found);
        assertThat(found.head()).isEqualTo(new LedgerRecords.Head(TestLedgers.IDENTITY, TestLedgers.PROXY, state, 1));

        assertThatThrownBy(() -> reader.check(LedgerRecords.readHead(flip(head, bit))))
                .isInstanceOf(IOException.class);
        assertThatThrownBy(() -> reader.read(new Row(row.key(), flip(row.value(), bit))))
                .isInstanceOf(IOException.class);
        assertThatThrownBy(() -> reader.read(new Row(flip(row.key(), bit), row.value())))
                .isInstanceOf(IOException.class);
    }

    @Property
    void h43_should_refuse_an_older_line_under_a_newer_head(
            @ForAll @LongRange(min = 1, max = 1L << 50) long tokens,
            @ForAll @IntRange(min = 1, max = 1 << 30) int seqno)
            throws IOException {
        LedgerRecords writer = new LedgerRecords(TestLedgers.KEY);
        Row older = writer.write(change(tokens, 0, 0), seqno);
        Row newer = writer.write(change(tokens + 1, tokens, seqno), seqno + 1);
        Bytes head = writer.writeHead(
                TestLedgers.IDENTITY, TestLedgers.PROXY, new State(seqno + 1, TransactionId.NONE, new TreeMap<>()));

        LedgerRecords right = new LedgerRecords(TestLedgers.KEY);
        right.read(newer);
        right.check(LedgerRecords.readHead(head));

        LedgerRecords wrong = new LedgerRecords(TestLedgers.KEY);
        wrong.read(older);
        assertThatThrownBy(() -> wrong.check(LedgerRecords.readHead(head)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("older ones");
    }
}
