package io.cocoon.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cocoon.payment.Prices;
import io.cocoon.ton.chain.RootState;

/** {@code root_contract_config} of {@code /jsonstats}, the same for all roles. */
final class RootDocument {

    private RootDocument() {}

    static void write(RootState root, ObjectNode config) {
        Prices prices = root.params().prices();
        config.put("address", root.root().toString())
                .put("owner", root.owner().toString())
                .put("version", root.version())
                .put("params_version", root.params().version())
                .put("is_test", root.params().isTest())
                .put("price_per_token", prices.perToken().value())
                .put("min_client_stake", root.params().minClientStake().value())
                .put("min_proxy_stake", root.params().minProxyStake().value())
                .put("proxies", root.proxies().size());
    }
}
