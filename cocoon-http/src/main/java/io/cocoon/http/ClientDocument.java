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
        ChainDocument.root(client.root(), all);
    }

    private static void money(ObjectNode all, Channels money) {
        ObjectNode wallet = ChainDocument.wallet(money.walletStatus(), all);
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
