package io.cocoon.transport;

import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * A secure channel without security: each side says {@code H}, then bytes pass as they are. Any other greeting is answered
 * with {@code A}, which stands for TLS's alert.
 */
final class PlainChannels implements SecureChannelProvider {

    static final PeerIdentity PEER = new PeerIdentity(
            PeerIdentity.Kind.UNATTESTED,
            PeerIdentity.Source.OWN_HANDSHAKE,
            Bytes.wrapUnshared(new byte[32]),
            Int256.ZERO,
            Optional.empty());

    private final CompletionStage<PeerIdentity> verdict;

    PlainChannels() {
        this(CompletableFuture.completedFuture(PEER));
    }

    /** Judges peers when {@code verdict} completes, and as it says. */
    PlainChannels(CompletionStage<PeerIdentity> verdict) {
        this.verdict = verdict;
    }

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
                    output.add(new byte[] {'A'});
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
            CompletableFuture<PeerIdentity> judged = verdict.toCompletableFuture();
            return greeted && judged.isDone() && !judged.isCompletedExceptionally();
        }

        @Override
        public CompletionStage<PeerIdentity> peer() {
            return verdict;
        }

        @Override
        public void close() {}
    }
}
