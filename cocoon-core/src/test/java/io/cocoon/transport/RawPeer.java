package io.cocoon.transport;

import io.cocoon.protocol.TcpPacket;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.TlObject;
import io.cocoon.tl.TlReader;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;

/** A peer made of a plain socket, which does exactly what a test says. */
final class RawPeer implements AutoCloseable {

    static final Bytes RECORD = PeerRecord.unattested(
                    PeerRecord.Generation.FIRST,
                    Bytes.wrapUnshared(new byte[32]),
                    "198.51.100.7",
                    40_000,
                    "127.0.0.1",
                    11_101)
            .toBytes();

    final Socket socket;
    private final DataInputStream in;
    private int sequence;

    RawPeer(Socket socket) throws IOException {
        this.socket = socket;
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(30_000);
        this.in = new DataInputStream(socket.getInputStream());
    }

    static RawPeer dial(InetSocketAddress address) throws IOException {
        Socket socket = new Socket();
        socket.connect(address, 30_000);
        return new RawPeer(socket);
    }

    /** Dials a listener behind a router, as the router, and does the hello. */
    static RawPeer connected(InetSocketAddress address) throws Exception {
        RawPeer peer = dial(address);
        peer.write(RECORD.toByteArray());
        peer.packet(new TcpPacket.Connect(1001));
        if (!(peer.readPacket() instanceof TcpPacket.Connected)) {
            throw new IOException("no hello");
        }
        return peer;
    }

    void write(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
    }

    void writeHex(String hex) throws IOException {
        write(Bytes.fromHex(hex).toByteArray());
    }

    void packet(TcpPacket packet) throws IOException {
        write(frame(packet, sequence++).toByteArray());
    }

    static Bytes frame(TcpPacket packet, int sequence) throws IOException {
        OutFrame frame = OutFrame.of(packet, TransportLimits.REFERENCE_FRAME_BYTES);
        frame.putSequence(sequence);
        return Bytes.wrapUnshared(frame.array, frame.offset, frame.length);
    }

    void message(TlObject object) throws IOException {
        packet(new TcpPacket.Packet(object.toBytes()));
    }

    byte[] read(int count) throws IOException {
        return in.readNBytes(count);
    }

    TcpPacket readPacket() throws Exception {
        int length = Integer.reverseBytes(in.readInt());
        in.readInt();
        byte[] payload = new byte[length];
        in.readFully(payload);
        return TlReader.readWhole(Bytes.wrapUnshared(payload), TcpPacket::readBoxed);
    }

    /** Returns the packets up to the end of the stream. */
    List<TcpPacket> readToEnd() throws Exception {
        List<TcpPacket> packets = new ArrayList<>();
        try {
            while (true) {
                packets.add(readPacket());
            }
        } catch (EOFException | SocketException e) {
            return packets;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
