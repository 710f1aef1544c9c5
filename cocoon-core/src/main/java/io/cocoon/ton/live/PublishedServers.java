package io.cocoon.ton.live;

import io.cocoon.ton.chain.ChainException;
import io.cocoon.ton.chain.ChainException.Reason;
import io.cocoon.ton.lite.GlobalConfig;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a network's liteservers are, as it publishes them. Only their addresses and keys are taken, for a network that is known
 * already: who lies here can withhold the chain, but not forge it. The newest list is kept in a file, for days on which the
 * publisher does not answer.
 */
final class PublishedServers {

    private static final Logger LOG = LoggerFactory.getLogger(PublishedServers.class);

    private final URI publisher;
    private final @Nullable Path kept;
    private final Duration timeout;

    /**
     * Makes one that has asked nobody yet.
     *
     * @param kept null to keep nothing
     * @param timeout for connecting and again for the answer
     */
    PublishedServers(URI publisher, @Nullable Path kept, Duration timeout) {
        this.publisher = publisher;
        this.kept = kept;
        this.timeout = timeout;
    }

    /**
     * Returns a network with the liteservers that are published now; else with those of the last time.
     *
     * @throws ChainException if there are neither; the message says what was tried
     */
    GlobalConfig of(GlobalConfig network) throws ChainException {
        String problem;
        try {
            String json = fetch();
            GlobalConfig found = merge(network, json);
            keep(json);
            return found;
        } catch (IOException | IllegalArgumentException e) {
            problem = "the list of liteservers at " + publisher + " is not to be had: " + e;
        }
        if (kept != null && Files.exists(kept)) {
            try {
                GlobalConfig last = merge(network, Files.readString(kept, StandardCharsets.UTF_8));
                LOG.warn("{}; going on with those of the last time, in {}", problem, kept);
                return last;
            } catch (IOException | IllegalArgumentException e) {
                problem += "; and the one of the last time, in " + kept + ": " + e;
            }
        }
        throw new ChainException(
                Reason.UNREACHABLE, problem + "; check the way to the internet, or name liteservers of your own");
    }

    private static GlobalConfig merge(GlobalConfig network, String json) {
        GlobalConfig published = GlobalConfig.parse(json);
        if (!published.isSameNetwork(network)) {
            throw new IllegalArgumentException("it is of another network");
        }
        if (published.liteServers().isEmpty()) {
            throw new IllegalArgumentException("it names no liteserver");
        }
        return network.withLiteServers(published.liteServers());
    }

    /** Not with the newer client of the JDK: before Java 21 its thread cannot be ended. */
    private String fetch() throws IOException {
        HttpURLConnection http = (HttpURLConnection) publisher.toURL().openConnection();
        http.setConnectTimeout((int) timeout.toMillis());
        http.setReadTimeout((int) timeout.toMillis());
        http.setUseCaches(false);
        http.setRequestProperty("Connection", "close");
        long until = System.nanoTime() + 2 * timeout.toNanos();
        try {
            int status = http.getResponseCode();
            if (status != HttpURLConnection.HTTP_OK) {
                throw new IOException("status " + status);
            }
            try (InputStream body = http.getInputStream()) {
                return read(body, until);
            }
        } finally {
            http.disconnect();
        }
    }

    private String read(InputStream body, long until) throws IOException {
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        byte[] piece = new byte[8192];
        for (int count = body.read(piece); count >= 0; count = body.read(piece)) {
            whole.write(piece, 0, count);
            if (whole.size() > GlobalConfig.MAX_CHARS) {
                throw new IOException("more than " + GlobalConfig.MAX_CHARS + " bytes");
            }
            if (System.nanoTime() - until > 0) {
                throw new IOException("not all of it came within " + timeout.multipliedBy(2));
            }
        }
        return whole.toString(StandardCharsets.UTF_8);
    }

    private void keep(String json) {
        if (kept == null) {
            return;
        }
        Path unfinished = kept.resolveSibling(kept.getFileName() + ".unfinished");
        try {
            Files.writeString(unfinished, json, StandardCharsets.UTF_8);
            Files.move(unfinished, kept, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            LOG.warn("the list of liteservers is not kept for the next time: {}", e.toString());
        }
    }
}
