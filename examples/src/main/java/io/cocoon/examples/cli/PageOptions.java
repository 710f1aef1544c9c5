package io.cocoon.examples.cli;

import io.cocoon.http.StatusPage;
import io.cocoon.ton.chain.HostPort;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The status page of what a command runs. */
final class PageOptions {

    @Option(
            names = "--page",
            paramLabel = "HOST:PORT",
            description = "Serve the status page there, such as 127.0.0.1:8081; port 0 is any free one.")
    private @Nullable String page;

    @Option(
            names = "--page-key-file",
            paramLabel = "FILE",
            description =
                    "The key that readers of the page show. Or COCOON_PAGE_KEY. Needed where other machines reach it.")
    private @Nullable Path readKey;

    @Option(
            names = "--control-token-file",
            paramLabel = "FILE",
            description =
                    "The token for the page's orders (POST /request/...). Or COCOON_CONTROL_TOKEN. Without it they are off.")
    private @Nullable Path controlToken;

    /** Pages that are served. */
    static final class Open implements AutoCloseable {

        private final List<StatusPage> pages = new ArrayList<>();

        @Override
        public void close() {
            pages.forEach(StatusPage::close);
        }
    }

    boolean isWanted() {
        return page != null;
    }

    /** Looks at everything that can be wrong before anything that takes long. */
    void check() throws IOException {
        Optional<HostPort> where = where();
        Optional<String> key = SecretFile.orVariable(readKey, "COCOON_PAGE_KEY");
        SecretFile.orVariable(controlToken, "COCOON_CONTROL_TOKEN");
        if (where.isEmpty() && (readKey != null || controlToken != null)) {
            throw new IllegalArgumentException("--page is missing: where the page is to be served");
        }
        if (where.isPresent() && !where.get().host().startsWith("127.") && key.isEmpty()) {
            throw new IllegalArgumentException("--page " + page
                    + " would show everybody on the network who the peers are and what is earned;"
                    + " give readers a key with --page-key-file FILE, or serve it on 127.0.0.1");
        }
    }

    private Optional<HostPort> where() {
        return Optional.ofNullable(page).map(text -> NetworkOptions.hostPort("--page", text));
    }

    /**
     * Serves one page for each, on ports that follow each other, and says where.
     *
     * @throws IOException if a port is taken; then none is served
     */
    Open open(List<StatusPage.Setup> setups, PrintWriter out) throws IOException {
        Open open = new Open();
        Optional<HostPort> where = where();
        if (where.isEmpty()) {
            return open;
        }
        Optional<String> key = SecretFile.orVariable(readKey, "COCOON_PAGE_KEY");
        Optional<String> token = SecretFile.orVariable(controlToken, "COCOON_CONTROL_TOKEN");
        int port = where.get().port();
        try {
            for (StatusPage.Setup setup : setups) {
                key.ifPresent(setup::readKey);
                token.ifPresent(setup::controlToken);
                StatusPage served = setup.listen(where.get().host(), port);
                open.pages.add(served);
                out.println("Status page: " + served.uri()
                        + (token.isPresent() ? "" : " (no orders; --control-token-file allows them)"));
                port = port == 0 ? 0 : port + 1;
            }
            return open;
        } catch (IOException | RuntimeException e) {
            open.close();
            throw e;
        }
    }
}
