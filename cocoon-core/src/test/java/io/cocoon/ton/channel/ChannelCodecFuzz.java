package io.cocoon.ton.channel;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.TlException;

/**
 * A client's channels on the disk: nothing but the declared exception, and what is read is written as it was. The inputs in the
 * folder beside it are what {@link ChannelCodecTest} has as {@code full()} and makes of the number 2: chance alone finds no data
 * of a contract.
 */
class ChannelCodecFuzz {

    @FuzzTest
    void channels(byte[] input) {
        ChannelCodec.Saved saved;
        try {
            saved = ChannelCodec.read(ChannelWorld.WALLET, Bytes.wrapUnshared(input));
        } catch (TlException expected) {
            // the one way in which bytes are refused
            return;
        }
        try {
            if (!ChannelCodec.read(ChannelWorld.WALLET, ChannelCodec.write(ChannelWorld.WALLET, saved))
                    .equals(saved)) {
                throw new AssertionError("channels change when they are written and read");
            }
        } catch (TlException e) {
            throw new AssertionError("channels that were written cannot be read", e);
        }
    }
}
