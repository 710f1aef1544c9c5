package io.cocoon.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.ton.chain.CocoonChain;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

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
}
