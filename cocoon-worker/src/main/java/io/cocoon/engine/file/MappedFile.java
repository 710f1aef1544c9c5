package io.cocoon.engine.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * A file whose tensors are mapped one by one, in parts of whole rows, because one buffer holds less than 2 GiB. The mappings
 * live as long as the tensors do; the file itself may be closed at once.
 */
final class MappedFile implements AutoCloseable {

    private final Path path;
    private final FileChannel channel;
    private final long size;

    private MappedFile(Path path, FileChannel channel) throws IOException {
        this.path = path;
        this.channel = channel;
        size = channel.size();
    }

    static MappedFile open(Path path) throws IOException {
        return new MappedFile(path, FileChannel.open(path, StandardOpenOption.READ));
    }

    String name() {
        return String.valueOf(path.getFileName());
    }

    long size() {
        return size;
    }

    ModelFormatException problem(String what) {
        return new ModelFormatException(path + ": " + what);
    }

    /** Reads {@code length} bytes; the caller has held them against the size of the file. */
    ByteBuffer read(long offset, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining()) {
            if (channel.read(bytes, offset + bytes.position()) < 0) {
                throw problem("the file became shorter while it was read");
            }
        }
        return bytes.flip();
    }

    /** Maps a matrix whose range has been checked. */
    Tensor map(String tensor, WeightType type, long rows, long columns, long offset) throws IOException {
        long rowBytes = type.rowBytes(columns);
        if (rowBytes > Tensor.MAX_PART) {
            throw problem("a row of tensor " + tensor + " has " + rowBytes + " bytes; at most " + Tensor.MAX_PART
                    + " are supported");
        }
        long rowsPerPart = rowBytes == 0 ? Math.max(rows, 1) : Math.max(1, Tensor.MAX_PART / rowBytes);
        List<ByteBuffer> parts = new ArrayList<>();
        for (long row = 0; row < rows; row += rowsPerPart) {
            long length = Math.min(rowsPerPart, rows - row) * rowBytes;
            parts.add(channel.map(FileChannel.MapMode.READ_ONLY, offset + row * rowBytes, length));
        }
        return new Tensor(tensor, type, rows, columns, parts, rowsPerPart);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
