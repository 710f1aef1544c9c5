package io.cocoon.tee.guest;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The few operations that the kernel's interfaces need; tests put a kernel of their own behind them. */
interface KernelFiles {

    KernelFiles REAL = new KernelFiles() {
        @Override
        public boolean exists(Path path) {
            return Files.exists(path);
        }

        @Override
        public void makeDirectory(Path path) throws IOException {
            Files.createDirectory(path);
        }

        @Override
        public void removeDirectory(Path path) throws IOException {
            Files.delete(path);
        }

        @Override
        public byte[] read(Path path, int maxBytes) throws IOException {
            // The kernel states sizes that mean nothing, so read to the end; never trim, the content is binary (T19).
            try (InputStream in = Files.newInputStream(path)) {
                return in.readNBytes(maxBytes + 1);
            }
        }

        @Override
        public void write(Path path, byte[] content) throws IOException {
            try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
                int written = channel.write(ByteBuffer.wrap(content));
                if (written != content.length) {
                    throw new IOException("wrote " + written + " of " + content.length + " bytes in one write");
                }
            }
        }
    };

    boolean exists(Path path);

    void makeDirectory(Path path) throws IOException;

    void removeDirectory(Path path) throws IOException;

    /** Reads to the end, at most one byte more than {@code maxBytes}. */
    byte[] read(Path path, int maxBytes) throws IOException;

    /** Writes everything in one write at offset 0. */
    void write(Path path, byte[] content) throws IOException;
}
