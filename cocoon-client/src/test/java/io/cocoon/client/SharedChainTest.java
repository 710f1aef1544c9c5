package io.cocoon.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cocoon.ton.chain.CocoonChain;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SharedChainTest {

    @Test
    void a_closed_client_leaves_no_listener_on_a_chain_that_others_use() {
        AtomicInteger listeners = new AtomicInteger();
        try (Setup setup = Setup.withProxies(1)) {
            CocoonChain counting = (CocoonChain) Proxy.newProxyInstance(
                    CocoonChain.class.getClassLoader(), new Class<?>[] {CocoonChain.class}, (self, method, args) -> {
                        Object result = method.invoke(setup.chain, args);
                        if (!method.getName().equals("onRootChange")) {
                            return result;
                        }
                        listeners.incrementAndGet();
                        return (Runnable) () -> {
                            ((Runnable) result).run();
                            listeners.decrementAndGet();
                        };
                    });
            try (CocoonClient cocoon = setup.client(b -> b.network(Network.of(counting)))) {
                assertThat(cocoon.chat("m").user("x").send().text()).isNotEmpty();
                assertThat(listeners).hasValue(1);
            }
            assertThat(listeners).hasValue(0);
        }
    }

    @Test
    void a_network_that_was_opened_here_ends_with_the_last_of_its_clients(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("network.json"), "{}");
        Network network = Network.fakeTon(file, "0:" + "00".repeat(31) + "01");
        network.use();
        network.use();
        network.release();
        network.use();
        network.release();
        network.release();

        assertThatThrownBy(network::use)
                .isInstanceOf(CocoonException.Configuration.class)
                .hasMessageContaining("closed with the last of its clients");
    }

    @Test
    void a_network_of_the_application_stays_open() {
        try (Setup setup = Setup.withProxies(1)) {
            Network network = Network.of(setup.chain);
            network.use();
            network.release();

            assertThatCode(network::use).doesNotThrowAnyException();
        }
    }
}
