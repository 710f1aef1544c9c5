package io.cocoon.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.tl.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class TransportProperties {

    @Property(tries = 200)
    void messages_come_out_as_they_went_in(
            @ForAll @Size(max = 8) List<@IntRange(min = 0, max = 70_000) Integer> sizes, @ForAll long seed)
            throws Exception {
        Random random = new Random(seed);
        List<Bytes> sent = new ArrayList<>();
        Bytes stream = Bytes.empty();
        for (int i = 0; i < sizes.size(); i++) {
            byte[] body = new byte[4 + sizes.get(i)];
            random.nextBytes(body);
            OutFrame frame = OutFrame.message(
                    RecordingHandler.boxed(Bytes.wrapUnshared(body)), TransportLimits.REFERENCE_FRAME_BYTES);
            frame.putSequence(i);
            stream = stream.concat(Bytes.wrapUnshared(frame.array, frame.offset, frame.length));
            sent.add(Bytes.wrapUnshared(body));
        }
        FrameDecoder decoder = new FrameDecoder(TransportLimits.REFERENCE_FRAME_BYTES);
        List<Bytes> received = new ArrayList<>();
        int at = 0;
        while (at < stream.length()) {
            int count = Math.min(1 + random.nextInt(20_000), stream.length() - at);
            byte[] piece = stream.slice(at, count).toByteArray();
            decoder.feed(piece, 0, count, payload -> {
                try {
                    var packet = (io.cocoon.protocol.TcpPacket.Packet)
                            io.cocoon.tl.TlReader.readWhole(payload, io.cocoon.protocol.TcpPacket::readBoxed);
                    return received.add(packet.data());
                } catch (io.cocoon.tl.TlException e) {
                    throw new AssertionError(e);
                }
            });
            at += count;
        }
        assertThat(received).isEqualTo(sent);
        assertThat(decoder.atBoundary()).isTrue();
    }

    @Property(tries = 200)
    void responses_carry_any_nonce(@ForAll long nonce) throws Exception {
        assertThat(ProofOfWork.parseResponse(Bytes.wrapUnshared(ProofOfWork.response(nonce))))
                .isEqualTo(nonce);
    }

    @Property(tries = 50)
    void what_the_solver_finds_is_accepted(
            @ForAll @IntRange(min = -1, max = 10) int difficulty, @ForAll @Size(16) byte[] salt) throws Exception {
        ProofOfWork.Challenge challenge = new ProofOfWork.Challenge(difficulty, Bytes.copyOf(salt));

        long nonce = ProofOfWork.solve(challenge, 1 << 20, () -> false).orElseThrow();

        assertThat(ProofOfWork.verify(challenge, nonce)).isTrue();
        assertThat(ProofOfWork.Challenge.parse(Bytes.wrapUnshared(challenge.toByteArray())))
                .isEqualTo(challenge);
    }

    @Property(tries = 200)
    void peer_records_survive_writing_and_reading(
            @ForAll PeerRecord.Generation generation,
            @ForAll @Size(32) byte[] key,
            @ForAll String source,
            @ForAll int port)
            throws Exception {
        PeerRecord record = PeerRecord.unattested(generation, Bytes.copyOf(key), source, port, "127.0.0.1", 11_101);
        Bytes wire = record.toBytes();
        if (wire.length() <= PeerRecord.MAX_BODY_BYTES) {
            PeerRecord read = PeerRecord.parse(wire.sliceFrom(4));
            assertThat(read.toBytes()).isEqualTo(wire);
            assertThat(read.identity().isAttested()).isFalse();
        }
    }
}
