package io.cocoon.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cocoon.payment.Prices;
import io.cocoon.ton.chain.RootState;
import io.cocoon.ton.wallet.WalletSender;

/** What {@code /jsonstats} says of the chain, the same for all roles (wire dossier 3.3). */
final class ChainDocument {

    private ChainDocument() {}

    static ObjectNode wallet(WalletSender.Status status, ObjectNode all) {
        ObjectNode wallet =
                all.putObject("wallet").put("address", status.address().toString());
        status.balance().ifPresent(balance -> {
            wallet.put("balance", balance.value());
            all.withObject("/status").put("wallet_balance", balance.value());
        });
        status.seqno().ifPresent(seqno -> wallet.put("seqno", Integer.toUnsignedLong(seqno)));
        return wallet.put("pending_transactions_cnt", status.waiting()).put("active_transactions_cnt", status.signed());
    }

    static void root(RootState root, ObjectNode all) {
        ObjectNode config = all.putObject("root_contract_config");
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
