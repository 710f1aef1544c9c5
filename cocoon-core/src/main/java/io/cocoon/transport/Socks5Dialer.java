package io.cocoon.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.net.Inet4Address;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Asks a router to connect. Wire dossier 4.4. The greeting goes out alone; the positive answer may come early or late,
 * together with the peer record or before it.
 */
final class Socks5Dialer extends ByteToMessageDecoder {

    private static final int VERSION = 5;
    private static final int CONNECT = 1;
    private static final int IPV4 = 1;
    private static final int DOMAIN = 3;
    private static final int IPV6 = 4;

    private final Inet4Address target;
    private final int port;
    private boolean asked;

    Socks5Dialer(Inet4Address target, int port) {
        this.target = target;
        this.port = port;
    }

    static byte[] greeting() {
        return new byte[] {VERSION, 1, 0};
    }

    static byte[] request(Inet4Address target, int port) {
        byte[] ip = target.getAddress();
        return new byte[] {VERSION, CONNECT, 0, IPV4, ip[0], ip[1], ip[2], ip[3], (byte) (port >>> 8), (byte) port};
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        ctx.writeAndFlush(Unpooled.wrappedBuffer(greeting()));
        ctx.fireChannelActive();
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) throws ConnectionClosedException {
        if (!asked) {
            if (in.readableBytes() < 2) {
                return;
            }
            readMethod(in);
            asked = true;
            ctx.writeAndFlush(Unpooled.wrappedBuffer(request(target, port)));
        }
        if (readReply(in)) {
            ctx.pipeline().replace(this, "record", new PeerRecordHandler());
        }
    }

    static void readMethod(ByteBuf in) throws ConnectionClosedException {
        int version = in.readUnsignedByte();
        int method = in.readUnsignedByte();
        if (version != VERSION || method != 0) {
            throw Failures.closed(
                    CloseReason.Cause.PROTOCOL,
                    "SOCKS5: the router answered version " + version + ", method " + method
                            + "; wanted are 5 and 0 (no authentication)");
        }
    }

    /** Returns false if more has to come; the reply is consumed if not. */
    static boolean readReply(ByteBuf in) throws ConnectionClosedException {
        int at = in.readerIndex();
        if (in.readableBytes() >= 2) {
            int version = in.getUnsignedByte(at);
            int code = in.getUnsignedByte(at + 1);
            if (version != VERSION) {
                throw Failures.closed(CloseReason.Cause.PROTOCOL, "SOCKS5: a reply of version " + version);
            }
            if (code != 0) {
                throw Failures.closed(
                        CloseReason.Cause.NETWORK, "SOCKS5: the router could not connect: " + meaning(code));
            }
        }
        if (in.readableBytes() < 5) {
            return false;
        }
        int addressBytes = addressBytes(in.getUnsignedByte(at + 3), in.getUnsignedByte(at + 4));
        int length = 4 + addressBytes + 2;
        if (in.readableBytes() < length) {
            return false;
        }
        in.skipBytes(length);
        return true;
    }

    private static int addressBytes(int type, int first) throws ConnectionClosedException {
        return switch (type) {
            case IPV4 -> 4;
            case DOMAIN -> 1 + first;
            case IPV6 -> 16;
            default -> throw Failures.closed(CloseReason.Cause.PROTOCOL, "SOCKS5: unknown address type " + type);
        };
    }

    private static String meaning(int code) {
        @Nullable
        String text = switch (code) {
            case 1 -> "general failure";
            case 2 -> "not allowed";
            case 3 -> "network unreachable";
            case 4 -> "host unreachable";
            case 5 -> "connection refused";
            case 6 -> "expired";
            case 7 -> "command not supported";
            case 8 -> "address type not supported";
            default -> "unknown reason";
        };
        return text + " (" + code + ")";
    }
}
