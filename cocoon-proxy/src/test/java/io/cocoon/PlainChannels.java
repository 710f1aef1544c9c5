package io.cocoon;

import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.transport.PeerIdentity;
import io.cocoon.transport.SecureChannel;
import io.cocoon.transport.SecureChannelProvider;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** A secure channel without security: each side says one byte, then bytes pass as they are. */
public final class PlainChannels implements SecureChannelProvider {

    private static final PeerIdentity PEER = new PeerIdentity(
            PeerIdentity.Kind.UNATTESTED,
            PeerIdentity.Source.OWN_HANDSHAKE,
            Bytes.wrapUnshared(new byte[32]),
            Int256.ZERO,
            Optional.empty());

    @Override
    public SecureChannel newClientChannel() {
        return new Plain();
    }

    @Override
    public SecureChannel newServerChannel() {
        return new Plain();
    }

    private final class Plain implements SecureChannel {
        private final Deque<byte[]> output = new ArrayDeque<>();
        private final Deque<byte[]> input = new ArrayDeque<>();
        private boolean greeted;

        @Override
        public void start() {
            output.add(new byte[] {'H'});
        }

        @Override
        public void receive(byte[] source, int offset, int length) throws java.io.IOException {
            int from = offset;
            if (!greeted && length > 0) {
                if (source[from] != 'H') {
                    throw new java.io.IOException("no greeting");
                }
                greeted = true;
                from++;
            }
            if (from < offset + length) {
                input.add(Arrays.copyOfRange(source, from, offset + length));
            }
        }

        @Override
        public byte @Nullable [] nextOutput() {
            return output.poll();
        }

        @Override
        public byte @Nullable [] nextPlaintext() {
            return isReady() ? input.poll() : null;
        }

        @Override
        public void send(byte[] source, int offset, int length) {
            output.add(Arrays.copyOfRange(source, offset, offset + length));
        }

        @Override
        public boolean isReady() {
            return greeted;
        }

        @Override
        public CompletionStage<PeerIdentity> peer() {
            return CompletableFuture.completedFuture(PEER);
        }

        @Override
        public void close() {}
    }
}
