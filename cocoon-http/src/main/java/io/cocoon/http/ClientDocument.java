package io.cocoon.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cocoon.client.Channel;
import io.cocoon.client.Channels;
import io.cocoon.client.CocoonClient;
import io.cocoon.client.ProxyConnection;
import java.time.Clock;

/** The members of the reference's client runner in {@code /jsonstats} (wire dossier 3.3). */
final class ClientDocument {

    private final CocoonClient client;
    private final Clock clock;

    ClientDocument(CocoonClient client, Clock clock) {
        this.client = client;
        this.clock = clock;
    }

    void write(ClientView.Look look, ObjectNode all) {
        ObjectNode status = all.withObject("/status");
        look.channels()
                .flatMap(Channels::walletBalance)
                .ifPresent(balance -> status.put("wallet_balance", balance.value()));
        status.put("ton_last_synced_at", client.rootSeenAt().getEpochSecond())
                .put("enabled", true)
                .put("now", clock.instant().getEpochSecond())
                .put("spent_nanoton", look.spent().value())
                .put("disputes", look.disputes().size());
        ArrayNode connections = all.putArray("proxy_connections");
        for (ProxyConnection connection : look.connections()) {
            ObjectNode one = connections.addObject().put("is_ready", connection.isReady());
            connection.proxy().ifPresent(address -> one.put("address", address));
            connection
                    .account()
                    .ifPresent(account ->
                            one.put("client_sc_address", account.contract().toString()));
        }
        look.channels().ifPresent(money -> money(all, money));
        RootDocument.write(client.root(), all.putObject("root_contract_config"));
    }

    private static void money(ObjectNode all, Channels money) {
        ObjectNode wallet =
                all.putObject("wallet").put("address", money.wallet().toString());
        money.walletBalance().ifPresent(balance -> wallet.put("balance", balance.value()));
        money.walletProblem().ifPresent(problem -> wallet.put("problem", problem));
        ArrayNode proxies = all.putArray("proxies");
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
}
