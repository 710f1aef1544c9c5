package io.cocoon.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cocoon.FakeChain;
import io.cocoon.proxy.ContractBook.Contract;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.TlException;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.chain.TransactionId;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class ContractBookProperties {

    private static Set<Address> addresses(Random random) {
        Set<Address> all = new HashSet<>();
        for (int i = random.nextInt(5); i > 0; i--) {
            all.add(new Address(random.nextInt(2) - 1, TestHashes.of("address " + random.nextInt())));
        }
        return all;
    }

    private static Contract contract(Random random) {
        return Contract.fresh(
                        FakeChain.root(random.nextBoolean(), random.nextInt(), random.nextInt(1 << 30)),
                        new Address(0, TestHashes.of("contract " + random.nextInt())))
                .after(new TransactionId(random.nextLong(), TestHashes.of("last")), addresses(random))
                .owing(addresses(random), addresses(random));
    }

    private static ContractBook book(Random random) {
        ContractBook book = ContractBook.fresh(contract(random));
        for (int i = random.nextInt(3); i > 0; i--) {
            book = book.moved(book.current(), contract(random), random.nextBoolean());
        }
        return random.nextBoolean() ? book.ending() : book;
    }

    @Property(tries = 200)
    void should_read_what_it_wrote(@ForAll long seed) throws TlException {
        ContractBook book = book(new Random(seed));
        ContractBook read = ContractBookCodec.read(ContractBookCodec.write(book));
        assertThat(read.closing()).isEqualTo(book.closing());
        assertThat(read.isCounting()).isEqualTo(book.isCounting());
        assertThat(read.old()).hasSameSizeAs(book.old());
        assertThat(read.current().address()).isEqualTo(book.current().address());
        assertThat(read.current().last()).isEqualTo(book.current().last());
        assertThat(read.current().clients()).isEqualTo(book.current().clients());
        assertThat(read.current().workers()).isEqualTo(book.current().workers());
        assertThat(read.current().root().params())
                .isEqualTo(book.current().root().params());
    }

    @Property(tries = 200)
    void should_refuse_what_is_cut_off(@ForAll long seed) {
        Random random = new Random(seed);
        Bytes written = ContractBookCodec.write(book(random));
        Bytes cut = written.slice(0, random.nextInt(written.length()));
        assertThatThrownBy(() -> ContractBookCodec.read(cut)).isInstanceOf(TlException.class);
    }
}
