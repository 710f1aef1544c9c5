package io.cocoon.http;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cocoon.client.Channel;
import io.cocoon.client.ChannelResult;
import io.cocoon.client.CocoonClient;
import io.cocoon.client.CocoonException;
import io.cocoon.payment.Nanoton;
import io.cocoon.ton.cell.Address;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code POST /request/…?proxy=A}: what the reference's client offers for a channel, by its proxy contract. Answers when it is
 * done or refused, or after a moment that it has begun; it goes on by itself then, and {@code /jsonstats} says how.
 */
final class Control {

    private static final Logger LOG = LoggerFactory.getLogger(Control.class);

    private static final long MOMENT_MILLIS = 1000;

    private final CocoonClient client;

    Control(CocoonClient client) {
        this.client = client;
    }

    void topUp(Request request, Responder out) throws InterruptedException {
        Optional<Nanoton> amount = request.query("amount").flatMap(Control::ton);
        if (amount.isEmpty()) {
            out.send(Errors.reply(
                    400, Errors.INVALID, "say how much: amount=2.5 deposits 2.5 TON, rounded down to whole tokens"));
            return;
        }
        begin("topup", request, out, channel -> channel.topUp(amount.get()));
    }

    void withdraw(Request request, Responder out) throws InterruptedException {
        begin("withdraw", request, out, Channel::withdraw);
    }

    void close(Request request, Responder out) throws InterruptedException {
        begin("close", request, out, Channel::close);
    }

    void charge(Request request, Responder out) throws InterruptedException {
        begin("charge", request, out, Channel::charge);
    }

    private static Optional<Nanoton> ton(String text) {
        try {
            return Optional.of(Nanoton.ofTon(text)).filter(amount -> amount.value() > 0);
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private void begin(
            String what, Request request, Responder out, Function<Channel, CompletableFuture<ChannelResult>> order)
            throws InterruptedException {
        Optional<Address> proxy = request.query("proxy").flatMap(Control::address);
        if (proxy.isEmpty()) {
            out.send(Errors.reply(
                    400, Errors.INVALID, "say which channel: proxy=A, with A the address of a proxy contract"));
            return;
        }
        List<Channel> channels;
        try {
            channels = client.channels().all();
        } catch (CocoonException e) {
            out.send(Failure.of(e).reply());
            return;
        }
        Optional<Channel> channel = channels.stream()
                .filter(each -> each.proxy().equals(proxy.get()))
                .findFirst();
        if (channel.isEmpty()) {
            out.send(Errors.reply(
                    404,
                    Errors.INVALID,
                    "this client has no channel with that proxy contract; /jsonstats lists those that it has"));
            return;
        }
        answer(what, channel.get(), order.apply(channel.get()), out);
    }

    private static Optional<Address> address(String text) {
        try {
            return Optional.of(Address.parse(text));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static void answer(String what, Channel channel, CompletableFuture<ChannelResult> order, Responder out)
            throws InterruptedException {
        ObjectNode document = JsonNodeFactory.instance
                .objectNode()
                .put("request", what)
                .put("proxy", channel.proxy().toString())
                .put("contract", channel.contract().toString());
        try {
            ChannelResult result = order.get(MOMENT_MILLIS, TimeUnit.MILLISECONDS);
            document.put("state", "done")
                    .put("nanoton", result.amount().value())
                    .put("what", result.what());
            out.send(Reply.json(200, document.toString()));
        } catch (TimeoutException e) {
            order.whenComplete((result, failure) -> {
                if (failure != null) {
                    LOG.warn("{} of channel {}: {}", what, channel.contract(), failure.getMessage());
                }
            });
            document.put("state", "begun").put("what", "it goes on by itself; /jsonstats says how");
            out.send(Reply.json(202, document.toString()));
        } catch (ExecutionException e) {
            String why = e.getCause() == null
                    ? "it failed"
                    : String.valueOf(e.getCause().getMessage());
            out.send(Errors.reply(409, Errors.INVALID, "refused", why));
        }
    }
}
