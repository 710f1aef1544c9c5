package io.cocoon.http;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cocoon.client.Channel;
import io.cocoon.client.Channels;
import io.cocoon.client.CocoonClient;
import io.cocoon.client.CocoonException;
import io.cocoon.payment.Prices;
import io.cocoon.ton.chain.RootState;
import java.time.Clock;
import java.util.Optional;

/** {@code /jsonstats}: the members of the reference's client runner (wire dossier 3.3), with escaped strings. */
final class StatusDocument {

    private final CocoonClient client;
    private final Traffic traffic;
    private final Clock clock;

    StatusDocument(CocoonClient client, Traffic traffic, Clock clock) {
        this.client = client;
        this.traffic = traffic;
        this.clock = clock;
    }

    String json() {
        return document().toString();
    }

    private ObjectNode document() {
        Optional<Channels> channels = channels();
        ObjectNode all = JsonNodeFactory.instance.objectNode();
        ObjectNode status = all.putObject("status");
        channels.flatMap(Channels::walletBalance).ifPresent(balance -> status.put("wallet_balance", balance.value()));
        status.put("ton_last_synced_at", client.rootSeenAt().getEpochSecond())
                .put("enabled", true)
                .put("now", clock.instant().getEpochSecond())
                .put("spent_nanoton", client.spent().value())
                .put("disputes", client.disputes().size());
        ObjectNode stats = all.putObject("stats");
        traffic.snapshot().forEach((name, values) -> {
            var array = stats.putArray(name);
            for (double value : values) {
                array.add(value);
            }
        });
        channels.ifPresent(money -> money(all, money));
        root(all.putObject("root_contract_config"), client.root());
        return all;
    }

    private Optional<Channels> channels() {
        try {
            return Optional.of(client.channels());
        } catch (CocoonException e) {
            // A client without channels has a status too.
            return Optional.empty();
        }
    }

    private static void money(ObjectNode all, Channels money) {
        ObjectNode wallet =
                all.putObject("wallet").put("address", money.wallet().toString());
        money.walletBalance().ifPresent(balance -> wallet.put("balance", balance.value()));
        money.walletProblem().ifPresent(problem -> wallet.put("problem", problem));
        var proxies = all.putArray("proxies");
        for (Channel channel : money.all()) {
            ObjectNode one = proxies.addObject()
                    .put("proxy_sc_address", channel.proxy().toString())
                    .put("sc_address", channel.contract().toString())
                    .put("balance", channel.balance().value())
                    .put("tokens_used", channel.tokensUsed())
                    .put("deposited", channel.deposited().value());
            channel.state().ifPresent(state -> one.put("state", state.name()));
            channel.underWay().ifPresent(text -> one.put("under_way", text));
            channel.problem().ifPresent(text -> one.put("problem", text));
        }
    }

    private static void root(ObjectNode config, RootState root) {
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
