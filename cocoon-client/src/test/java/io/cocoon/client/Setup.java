package io.cocoon.client;

import io.cocoon.payment.Nanoton;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.chain.FakeTonChain;
import io.cocoon.ton.chain.FakeTonConfig;
import io.cocoon.ton.chain.HostPort;
import io.cocoon.ton.chain.RootState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** A chain in memory, some scripted proxies, and clients of them. */
final class Setup implements AutoCloseable {

    static final Address ROOT = new Address(0, Int256.fromHex("33".repeat(32)));
    static final Address CLIENT = new Address(0, Int256.fromHex("44".repeat(32)));
    static final Deadlines QUICK = new Deadlines(
            Duration.ofSeconds(30), Duration.ofSeconds(30), Duration.ofSeconds(30), Duration.ofSeconds(60));

    final MemoryNetwork sockets = new MemoryNetwork();
    final FakeTonChain chain;
    final List<FakeProxy> proxies = new ArrayList<>();
    private final List<CocoonClient> clients = new ArrayList<>();

    private Setup(int count, UnaryOperator<FakeTonConfig> config) {
        List<RootState.RegisteredProxy> registered = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            HostPort address = new HostPort("10.0.0." + (i + 1), 11_002);
            registered.add(new RootState.RegisteredProxy(i, address, address));
        }
        FakeTonConfig all = FakeTonConfig.defaults()
                .withPrices(new Nanoton(2), new Nanoton(1))
                .withProxies(registered);
        chain = FakeTonChain.of(config.apply(all), ROOT, false);
        for (RootState.RegisteredProxy each : registered) {
            FakeProxy proxy = new FakeProxy(each.clientAddress(), chain);
            proxies.add(proxy);
            sockets.listen(each.clientAddress(), proxy);
        }
    }

    static Setup withProxies(int count) {
        return new Setup(count, UnaryOperator.identity());
    }

    static Setup with(int count, UnaryOperator<FakeTonConfig> config) {
        return new Setup(count, config);
    }

    FakeProxy proxy() {
        return proxies.get(0);
    }

    CocoonClient client() {
        return client(builder -> builder);
    }

    CocoonClient client(UnaryOperator<ClientBuilder> settings) {
        CocoonClient client = settings.apply(CocoonClient.builder()
                        .network(Network.of(chain))
                        .wallet(Wallet.ofAddress(CLIENT))
                        .emptySecretSoThatAnyoneCanSpend()
                        .deadlines(QUICK)
                        .dialer(sockets))
                .build();
        clients.add(client);
        return client;
    }

    @Override
    public void close() {
        clients.forEach(CocoonClient::close);
        sockets.close();
    }
}
