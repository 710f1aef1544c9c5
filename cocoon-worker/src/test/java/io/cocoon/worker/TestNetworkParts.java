package io.cocoon.worker;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.payment.Nanoton;
import io.cocoon.payment.Prices;
import io.cocoon.payment.SignedPayments;
import io.cocoon.payment.TokenPricing;
import io.cocoon.payment.TokenUsage;
import io.cocoon.protocol.ErrorCodes;
import io.cocoon.protocol.HttpHeader;
import io.cocoon.protocol.HttpRequest;
import io.cocoon.protocol.SignedPayment;
import io.cocoon.protocol.TokensUsed;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.BagOfCells;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellBuilder;
import io.cocoon.ton.cell.StateInit;
import io.cocoon.ton.chain.ClientContractState;
import io.cocoon.ton.chain.CocoonChain;
import io.cocoon.ton.chain.ContractState;
import io.cocoon.ton.chain.HostPort;
import io.cocoon.ton.chain.RootState;
import io.cocoon.ton.chain.WorkerContractState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Values and small stand-ins that the tests of this package share. */
final class TestNetworkParts {

    static final String MODEL = "test/model@c0ffee:00";
    static final Address OWNER = new Address(0, number(1));
    static final Address PROXY_OWNER = new Address(0, number(2));
    static final Address PROXY_CONTRACT = new Address(0, number(3));
    static final Address WORKER_CONTRACT = new Address(0, number(4));
    static final Ed25519Key PROXY_SIGNER = Ed25519Key.fromSeed(number(5));
    static final Int256 PROXY_KEY = PROXY_SIGNER.publicKey();
    static final Int256 PROXY_IMAGE = number(6);
    static final HostPort PROXY = new HostPort("127.0.0.1", 1);
    static final Prices PRICES = new Prices(new Nanoton(20), new Nanoton(19), 10_000, 10_000, 10_000, 10_000);

    static final Bytes INIT =
            BagOfCells.write(StateInit.cell(new CellBuilder().storeUint(7, 8).build(), Cell.EMPTY));
    static final ProxyTerms TERMS = terms(WORKER_CONTRACT);

    private TestNetworkParts() {}

    static ProxyTerms terms(Address contract) {
        return new ProxyTerms(
                contract,
                PROXY_CONTRACT,
                PROXY_KEY,
                1,
                PRICES.perToken(),
                PRICES.workerFeePerToken(),
                Duration.ofDays(1),
                INIT);
    }

    static Int256 number(int n) {
        byte[] bytes = new byte[Int256.BYTES];
        bytes[Int256.BYTES - 1] = (byte) n;
        bytes[Int256.BYTES - 2] = (byte) (n >> 8);
        bytes[Int256.BYTES - 3] = (byte) (n >> 16);
        return Int256.of(bytes);
    }

    static RootState root(int paramsVersion, boolean test, List<HostPort> proxies, Set<Int256> modelHashes) {
        List<RootState.RegisteredProxy> registered = new java.util.ArrayList<>();
        for (HostPort proxy : proxies) {
            registered.add(new RootState.RegisteredProxy(registered.size() + 1, proxy, proxy));
        }
        return new RootState(
                new Address(0, number(9)),
                new Address(0, number(10)),
                paramsVersion,
                new RootState.Params(
                        5,
                        paramsVersion,
                        1,
                        test,
                        PRICES,
                        Duration.ofDays(1),
                        Duration.ofDays(1),
                        Nanoton.ZERO,
                        Nanoton.ZERO,
                        Bytes.empty(),
                        Bytes.empty(),
                        Bytes.empty()),
                registered,
                registered.size(),
                Set.of(PROXY_IMAGE),
                Set.of(),
                modelHashes,
                List.of(),
                Optional.empty());
    }

    static SignedPayment payment(long tokens) {
        return new SignedPayment.Signed(SignedPayments.sign(
                PROXY_SIGNER, SignedPayments.Kind.WORKER_PAYOUT, WORKER_CONTRACT, tokens, 1, PROXY_OWNER));
    }

    static HttpRequest chat(String text, boolean stream) {
        String body = "{\"model\":\"test/model\",\"messages\":[{\"role\":\"user\",\"content\":\"" + text + "\"}]"
                + (stream ? ",\"stream\":true" : "") + "}";
        return new HttpRequest(
                "POST",
                "/v1/chat/completions",
                "HTTP/1.1",
                List.of(new HttpHeader("Content-Type", "application/json")),
                Bytes.utf8(body));
    }

    /** Contract addresses are constants. */
    static final class FakeRules implements ChainRules {

        @Override
        public Address proxyContract(RootState root, Address owner, Int256 proxyKey) {
            return PROXY_CONTRACT;
        }

        @Override
        public Address workerContract(RootState root, Address owner, Address proxyContract, Int256 proxyKey) {
            return WORKER_CONTRACT;
        }

        @Override
        public Bytes workerInit(RootState root, Address owner, Address proxyContract, Int256 proxyKey) {
            return INIT;
        }
    }

    /** A chain in memory. */
    static final class MemoryChain implements CocoonChain {

        private final List<Consumer<RootState>> listeners = new CopyOnWriteArrayList<>();
        private volatile RootState root;

        MemoryChain(RootState root) {
            this.root = root;
        }

        void change(RootState next) {
            root = next;
            listeners.forEach(listener -> listener.accept(next));
        }

        @Override
        public String describe() {
            return "a test's chain in memory";
        }

        @Override
        public boolean isTestnet() {
            return false;
        }

        @Override
        public boolean isSimulated() {
            return true;
        }

        @Override
        public RootState root() {
            return root;
        }

        @Override
        public Instant rootSeenAt() {
            return Instant.now();
        }

        @Override
        public Runnable onRootChange(Consumer<RootState> listener) {
            listeners.add(listener);
            return () -> listeners.remove(listener);
        }

        @Override
        public ClientContractState client(Address contract) {
            throw new UnsupportedOperationException("a worker asks for no client");
        }

        @Override
        public CompletionStage<Void> refresh(Address contract) {
            return CompletableFuture.completedStage(null);
        }

        @Override
        public WorkerContractState worker(Address contract) {
            return new WorkerContractState(ContractState.NORMAL, 0);
        }

        @Override
        public void close() {}
    }

    /** Passes everything through and finds usage by a pattern: the runtime's tests are not about validation. */
    static final class PlainContent implements QueryContent {

        private static final Pattern USAGE = Pattern.compile("\"prompt_tokens\":(\\d+),\"completion_tokens\":(\\d+)");

        @Override
        public Prepared prepare(HttpRequest request, Terms terms) throws EngineException {
            String body = request.payload().toUtf8();
            if (!body.contains("\"model\":\"test/model\"")) {
                throw new EngineException(
                        ErrorCodes.PROTOCOL_VIOLATION, "worker: invalid http request: model name mismatch");
            }
            return new Prepared() {
                @Override
                public InferenceRequest request(Duration timeLimit) {
                    return new InferenceRequest(
                            request.method(),
                            request.url(),
                            List.of(),
                            "application/json",
                            request.payload(),
                            "test/model",
                            body.contains("\"stream\":true"),
                            timeLimit,
                            terms.proxy());
                }

                @Override
                public Meter meter(int status, List<HttpHeader> headers) {
                    return new PlainMeter(terms);
                }
            };
        }

        private static final class PlainMeter implements Meter {

            private final Terms terms;
            private TokenUsage usage = TokenUsage.NONE;
            private long pieces;

            PlainMeter(Terms terms) {
                this.terms = terms;
            }

            @Override
            public Bytes feed(Bytes piece) {
                Matcher found = USAGE.matcher(piece.toUtf8());
                if (found.find()) {
                    usage = new TokenUsage(Long.parseLong(found.group(1)), 0, Long.parseLong(found.group(2)), 0);
                }
                pieces++;
                return piece;
            }

            @Override
            public Bytes end() {
                return Bytes.empty();
            }

            @Override
            public TokensUsed used() {
                return TokenPricing.adjust(usage, terms.coefficient(), terms.prices());
            }

            @Override
            public TokensUsed usedSoFar() {
                return usage.equals(TokenUsage.NONE)
                        ? TokenPricing.adjust(new TokenUsage(0, 0, pieces, 0), terms.coefficient(), terms.prices())
                        : used();
            }
        }
    }
}
