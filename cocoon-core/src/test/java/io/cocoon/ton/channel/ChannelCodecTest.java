package io.cocoon.ton.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cocoon.payment.Nanoton;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.TlException;
import io.cocoon.ton.channel.ClientChannel.Event;
import io.cocoon.ton.channel.ClientChannel.Wish;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class ChannelCodecTest {

    /** One to three channels of one wallet, each somewhere on its way. */
    static ChannelCodec.Saved saved(Random random) {
        List<ClientChannel> channels = new ArrayList<>();
        for (int i = random.nextInt(3); i >= 0; i--) {
            channels.add(channel(random));
        }
        return new ChannelCodec.Saved(new Nanoton(random.nextLong() >>> 1), channels);
    }

    private static ClientChannel channel(Random random) {
        ChannelRun run = new ChannelRun(random.nextBoolean() ? 3 : 4);
        for (int i = random.nextInt(12); i > 0; i--) {
            switch (random.nextInt(9)) {
                case 0, 1 -> run.settle();
                case 2 -> run.step(new Event.Ask(Nanoton.ofTon("2")));
                case 3 -> run.step(new Event.Paid(run.world.payment(random.nextInt(1 << 20))));
                case 4 -> run.step(new Event.Want(random.nextInt(3) == 0 ? Wish.CLOSE : Wish.WITHDRAW));
                case 5 -> run.world.refuseNext = true;
                case 6 -> run.pass(Duration.ofMinutes(random.nextInt(100)));
                case 7 -> run.world.paramsVersion = 2;
                default -> run.look();
            }
        }
        return run.channel;
    }

    /** A channel that has all that a channel can have. */
    static Bytes full() {
        ChannelRun run = new ChannelRun(4);
        run.settle();
        run.step(new Event.Paid(run.world.payment(1000)));
        run.step(new Event.Ask(Nanoton.ofTon("2")));
        run.world.refuseNext = true;
        run.settle();
        run.pass(Duration.ofMinutes(1));
        run.look();
        ClientChannel channel = run.channel.copy().outdatedSince(run.world.time).done();
        assertThat(channel.request()).isPresent();
        assertThat(channel.payment()).isPresent();
        assertThat(channel.asked()).isPresent();
        assertThat(channel.failures()).isPositive();
        return ChannelCodec.write(ChannelWorld.WALLET, new ChannelCodec.Saved(new Nanoton(5), List.of(channel)));
    }

    private static byte[] bytes(long seed) {
        return ChannelCodec.write(ChannelWorld.WALLET, saved(new Random(seed))).toByteArray();
    }

    private static ChannelCodec.Saved read(byte[] bytes) throws TlException {
        return ChannelCodec.read(ChannelWorld.WALLET, Bytes.copyOf(bytes));
    }

    private static void readOrRefuse(byte[] bytes) {
        try {
            ChannelCodec.Saved saved = read(bytes);
            assertThat(saved.channels()).hasSizeLessThanOrEqualTo(ChannelCodec.MAX_CHANNELS);
        } catch (TlException e) {
            assertThat(e.getMessage()).isNotEmpty();
        }
    }

    @Property(tries = 100)
    void should_read_what_it_has_written(@ForAll long seed) throws Exception {
        assertThat(read(bytes(seed))).isEqualTo(saved(new Random(seed)));
    }

    @Property(tries = 300)
    void should_read_damaged_channels_or_refuse_them(@ForAll long seed, @ForAll int at, @ForAll byte value) {
        byte[] bytes = bytes(seed);
        bytes[Math.floorMod(at, bytes.length)] = value;
        readOrRefuse(bytes);
    }

    @Property(tries = 300)
    void should_read_any_bytes_or_refuse_them(@ForAll byte[] bytes) {
        readOrRefuse(bytes);
    }

    @Test
    void should_read_or_refuse_whatever_byte_is_damaged() {
        byte[] bytes = full().toByteArray();
        for (int at = 0; at < bytes.length; at++) {
            byte good = bytes[at];
            for (int value : new int[] {0, 1, 0x7f, 0x80, 0xff, ~good, good ^ 1, good ^ 0x10}) {
                bytes[at] = (byte) value;
                readOrRefuse(bytes);
            }
            bytes[at] = good;
        }
    }

    @Test
    void should_refuse_every_beginning() {
        byte[] good = full().toByteArray();
        for (int length = 0; length < good.length; length++) {
            Bytes cut = Bytes.copyOf(good, 0, length);
            assertThatThrownBy(() -> ChannelCodec.read(ChannelWorld.WALLET, cut))
                    .isInstanceOf(TlException.class);
        }
    }

    @Test
    void should_refuse_another_wallets_channels_and_another_format() {
        byte[] bytes = bytes(1);
        assertThatThrownBy(() -> ChannelCodec.read(ChannelWorld.STRANGER, Bytes.copyOf(bytes)))
                .hasMessageContaining("each wallet needs a folder of its own");
        bytes[0] = 9;
        assertThatThrownBy(() -> read(bytes)).hasMessageContaining("format 9, known is 1");
    }

    @Test
    void should_refuse_a_time_that_no_calendar_has() throws Exception {
        Instant last = Instant.ofEpochSecond(Instant.MAX.getEpochSecond());
        ClientChannel late =
                new ChannelRun(4).channel.copy().outdatedSince(last).done();
        byte[] bytes = ChannelCodec.write(ChannelWorld.WALLET, new ChannelCodec.Saved(Nanoton.ZERO, List.of(late)))
                .toByteArray();
        assertThat(read(bytes).channels().get(0).outdatedSince()).contains(last);
        // A time of 8 bytes, lowest first, and whether the channel is over are at the end.
        bytes[bytes.length - 12 + 6]++;

        assertThatThrownBy(() -> read(bytes)).isInstanceOf(TlException.class).hasMessageContaining("a time of");
    }
}
