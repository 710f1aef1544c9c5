package io.cocoon.testkit;

import io.cocoon.transport.PeerIdentity;
import io.cocoon.transport.SecureChannel;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * One connection through a {@link TestRouter}: TLS outside, clear text inside, one thread for each direction.
 *
 * <p>The TLS channel's monitor guards its state; it is never held while a socket blocks, so that a peer that does not read
 * stops one direction only.
 */
final class RouterLink implements Closeable {

    private static final byte[] NOTHING = new byte[0];
    private static final int PIECE = 1 << 14;

    private final Socket outside;
    private final SecureChannel tls;
    private final Executor threads;
    private final Object writing = new Object();
    private final Object passing = new Object();
    private final CompletableFuture<PeerIdentity> peer = new CompletableFuture<>();
    private final CompletableFuture<Socket> inside = new CompletableFuture<>();

    RouterLink(Socket outside, SecureChannel tls, Executor threads) {
        this.outside = outside;
        this.tls = tls;
        this.threads = threads;
    }

    /** Does the handshake. @return who the peer is */
    PeerIdentity handshake(long seconds) throws IOException {
        tls.peer().whenComplete((identity, refusal) -> threads.execute(this::judged));
        synchronized (tls) {
            tls.start();
        }
        flush();
        // What silence means is for the roles to say; the handshake has its own limit below.
        outside.setSoTimeout(0);
        threads.execute(this::decrypt);
        try {
            return peer.get(seconds, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted during the TLS handshake", e);
        } catch (ExecutionException e) {
            throw new IOException("the TLS handshake failed", e.getCause());
        } catch (TimeoutException e) {
            throw new IOException("no TLS handshake within " + seconds + " s", e);
        }
    }

    /** Sends on what comes from the clear side, until one of both ends. Anything for that side was written to it before. */
    void encrypt(Socket clear) throws IOException {
        inside.complete(clear);
        InputStream in = clear.getInputStream();
        byte[] piece = new byte[PIECE];
        for (int count = in.read(piece); count >= 0; count = in.read(piece)) {
            synchronized (writing) {
                synchronized (tls) {
                    tls.send(piece, 0, count);
                }
                flush();
            }
        }
        synchronized (tls) {
            tls.close();
        }
        flush();
    }

    private void decrypt() {
        try (this) {
            InputStream in = outside.getInputStream();
            byte[] piece = new byte[PIECE];
            for (int count = in.read(piece); count >= 0; count = in.read(piece)) {
                pass(piece, count);
            }
            peer.completeExceptionally(new IOException("the peer closed during the handshake"));
        } catch (IOException e) {
            peer.completeExceptionally(e);
        }
    }

    /** Decrypts and passes on; one at a time, so that the order is kept. */
    private void pass(byte[] source, int count) throws IOException {
        synchronized (passing) {
            List<byte[]> plain = receive(source, count);
            if (!plain.isEmpty()) {
                try {
                    OutputStream out = inside.join().getOutputStream();
                    for (byte[] each : plain) {
                        out.write(each);
                    }
                } catch (CancellationException e) {
                    throw new IOException("the connection was closed", e);
                }
            }
        }
    }

    private List<byte[]> receive(byte[] source, int count) throws IOException {
        List<byte[]> plain = new ArrayList<>();
        try {
            synchronized (tls) {
                tls.receive(source, 0, count);
                if (tls.isReady() && tls.peer().toCompletableFuture().isDone()) {
                    peer.complete(tls.peer().toCompletableFuture().join());
                }
                for (byte[] next = tls.nextPlaintext(); next != null; next = tls.nextPlaintext()) {
                    plain.add(next);
                }
            }
        } finally {
            // An alert, if it failed.
            flush();
        }
        return plain;
    }

    /** The verdict is there, perhaps on a thread of the policy: the handshake goes on, or fails with the reason. */
    private void judged() {
        tls.peer().whenComplete((identity, refusal) -> {
            if (refusal != null) {
                peer.completeExceptionally(refusal);
            }
        });
        try {
            pass(NOTHING, 0);
        } catch (IOException e) {
            peer.completeExceptionally(e);
        }
    }

    private void flush() throws IOException {
        synchronized (writing) {
            OutputStream out = outside.getOutputStream();
            for (byte[] next = output(); next != null; next = output()) {
                out.write(next);
            }
        }
    }

    private byte @org.jspecify.annotations.Nullable [] output() {
        synchronized (tls) {
            return tls.nextOutput();
        }
    }

    /** Closes both sides. */
    @Override
    public void close() throws IOException {
        outside.close();
        inside.cancel(false);
        if (!inside.isCancelled()) {
            inside.join().close();
        }
    }
}
