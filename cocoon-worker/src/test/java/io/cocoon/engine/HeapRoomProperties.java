package io.cocoon.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.engine.file.ModelFormatException;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** Whatever engines do in whatever order, what they have together is there. */
class HeapRoomProperties {

    private static final long HEAP = 1_000;
    private static final long OTHERS = 100;

    private record Held(HeapRoom.Share share, long allocated) {}

    @Property(tries = 500)
    void no_byte_is_promised_twice(@ForAll @Size(max = 40) List<@IntRange(max = 1_199) Integer> steps) {
        List<Held> all = new ArrayList<>();
        // Of what an engine was promised it has allocated a part; sometimes there is garbage.
        long[] garbage = {0};
        HeapRoom room = new HeapRoom(
                HEAP,
                () -> OTHERS
                        + garbage[0]
                        + all.stream().mapToLong(Held::allocated).sum(),
                () -> garbage[0] = 0);
        for (int step : steps) {
            int size = step % 400;
            garbage[0] += step % 7;
            switch (step / 400) {
                case 0 -> {
                    try {
                        all.add(new Held(room.take("engine", 1, size), size / 2));
                    } catch (ModelFormatException e) {
                        assertThat(total(all) + size).isGreaterThan(HEAP - OTHERS);
                    }
                }
                case 1 -> all.stream().findAny().ifPresent(each -> each.share().grow(size, 1 + step % 3));
                default -> {
                    if (!all.isEmpty()) {
                        all.remove(step % all.size()).share().close();
                    }
                }
            }
            assertThat(total(all)).isLessThanOrEqualTo(HEAP - OTHERS);
        }
    }

    private static long total(List<Held> all) {
        return all.stream().mapToLong(each -> each.share().bytes()).sum();
    }
}
