package io.cocoon.ton.chain;

import static org.assertj.core.api.Assertions.assertThatCode;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class ChainProperties {

    @Property(tries = 500)
    void changed_bytes_are_read_or_refused_with_a_cell_exception(@ForAll long seed) {
        Random random = new Random(seed);
        byte[] bag = ChainCodecsTest.sample().toByteArray();
        for (int i = random.nextInt(4); i >= 0; i--) {
            bag[random.nextInt(bag.length)] = (byte) random.nextInt();
        }
        assertThatCode(() -> ChainFuzz.readAnything(bag)).doesNotThrowAnyException();
    }
}
