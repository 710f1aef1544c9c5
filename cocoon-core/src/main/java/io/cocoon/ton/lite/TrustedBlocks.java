package io.cocoon.ton.lite;

import io.cocoon.tl.Int256;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the newest proven key block of one network in a file, so that the next start need not prove the way to it again.
 * Whoever can write the file is trusted. One line: zero state, number, root hash, file hash. Not thread-safe.
 */
final class TrustedBlocks {

    private static final Logger LOG = LoggerFactory.getLogger(TrustedBlocks.class);
    private static final int MAX_BYTES = 1024;

    private final @Nullable Path file;
    private final Int256 zeroState;

    /** Keeps nothing if {@code file} is null. */
    TrustedBlocks(@Nullable Path file, Int256 zeroState) {
        this.file = file;
        this.zeroState = zeroState;
    }

    /** Returns the block, unless there is none, or none of this network. */
    Optional<BlockId> load() {
        if (file == null || !Files.exists(file)) {
            return Optional.empty();
        }
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new IllegalArgumentException("more than " + MAX_BYTES + " bytes");
            }
            return Optional.of(parse(Files.readString(file, StandardCharsets.US_ASCII)));
        } catch (IOException | IllegalArgumentException e) {
            LOG.warn(
                    "{} holds no trusted block of this network, the way from the initial one is proven again: {}",
                    file,
                    e.getMessage());
            return Optional.empty();
        }
    }

    private BlockId parse(String line) {
        List<String> words = List.of(line.strip().split(" "));
        if (words.size() != 4 || !Int256.fromHex(words.get(0)).equals(zeroState)) {
            throw new IllegalArgumentException("wanted four words, the first of them " + zeroState.toHex());
        }
        int seqno = Integer.parseInt(words.get(1));
        if (seqno < 0) {
            throw new IllegalArgumentException("block number " + seqno);
        }
        return BlockId.masterchain(seqno, Int256.fromHex(words.get(2)), Int256.fromHex(words.get(3)));
    }

    /** Keeps a block. A failure costs the next start time, nothing else. */
    void save(BlockId block) {
        if (file == null) {
            return;
        }
        String line = String.join(
                " ",
                zeroState.toHex(),
                Integer.toString(block.seqno()),
                block.rootHash().toHex(),
                block.fileHash().toHex());
        Path written = file.resolveSibling(file.getFileName() + ".new");
        try {
            Files.writeString(written, line + "\n", StandardCharsets.US_ASCII);
            Files.move(written, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            LOG.warn("the trusted block could not be kept in {}: {}", file, e.toString());
        }
    }
}
