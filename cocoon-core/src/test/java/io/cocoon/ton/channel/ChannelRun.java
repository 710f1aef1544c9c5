package io.cocoon.ton.channel;

import io.cocoon.payment.Nanoton;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlException;
import io.cocoon.ton.chain.Transaction;
import io.cocoon.ton.channel.ClientChannel.Effect;
import io.cocoon.ton.channel.ClientChannel.Event;
import io.cocoon.ton.channel.ClientChannel.Step;
import io.cocoon.ton.wallet.Order;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Drives a channel against a {@link ChannelWorld}, with a disk that survives crashes. */
final class ChannelRun {

    static final Int256 SECRET = Int256.fromHex("5c".repeat(32));

    final ChannelWorld world;
    final List<Effect> effects = new ArrayList<>();
    ClientChannel channel;
    long known;
    Optional<Nanoton> firstDeposit = Optional.empty();
    Nanoton limit = Nanoton.ofTon("10");
    Optional<Nanoton> maxAtRisk = Optional.empty();
    Duration patience = Duration.ofDays(1);
    private Bytes disk;

    ChannelRun(int structVersion) {
        world = new ChannelWorld(structVersion);
        channel = world.channel();
        disk = saved();
    }

    private Bytes saved() {
        return ChannelCodec.write(ChannelWorld.WALLET, new ChannelCodec.Saved(Nanoton.ZERO, List.of(channel)));
    }

    private ChannelTerms terms() {
        return new ChannelTerms(
                firstDeposit, limit.minus(channel.deposited()), maxAtRisk, patience, Duration.ofSeconds(30), SECRET);
    }

    /** The process dies and comes back with what is on the disk. */
    void crash() {
        try {
            channel = ChannelCodec.read(ChannelWorld.WALLET, disk).channels().get(0);
        } catch (TlException e) {
            throw new IllegalStateException(e);
        }
        known = 0;
    }

    /** Takes a step and carries its effects out. */
    void step(Event event) {
        step(event, Integer.MAX_VALUE);
    }

    /** Takes a step and dies after some effects; -1 is before the disk. */
    void step(Event event, int crashAfter) {
        Step step = channel.after(event, terms());
        if (crashAfter < 0) {
            crash();
            return;
        }
        channel = step.next();
        disk = saved();
        int done = 0;
        for (Effect effect : step.effects()) {
            if (done++ >= crashAfter) {
                crash();
                return;
            }
            effects.add(effect);
            if (effect instanceof Effect.Hand hand && world.take(hand.order()) && hand.last()) {
                step(new Event.Sent(hand.number()));
            }
        }
    }

    /** Sees what happened since, then the contracts as they are. */
    void look() {
        look(Integer.MAX_VALUE);
    }

    void look(int crashAfter) {
        List<Transaction> next = since();
        if (!next.isEmpty()) {
            step(new Event.Seen(next), crashAfter);
        }
        step(world.look(known), crashAfter);
    }

    private List<Transaction> since() {
        return world.transactions.stream()
                .filter(each -> each.id().lt() > channel.position().lt())
                .toList();
    }

    /** Everything that is ordered leaves and arrives. */
    void deliver() {
        while (world.waiting() > 0) {
            deliverOne();
        }
    }

    void deliverOne() {
        Optional<Order> order = world.deliver();
        if (order.isPresent() && order.get().init().isEmpty()) {
            step(new Event.Sent(channel.number()));
        }
    }

    /** Looks and delivers until nothing is under way. */
    void settle() {
        for (int i = 0; i < 6; i++) {
            look();
            deliver();
        }
        look();
    }

    void pass(Duration time) {
        world.time = world.time.plus(time);
    }

    List<String> alarms() {
        return effects.stream()
                .filter(Effect.Alarm.class::isInstance)
                .map(each -> ((Effect.Alarm) each).text())
                .distinct()
                .toList();
    }

    List<String> refusals() {
        return effects.stream()
                .filter(Effect.Refused.class::isInstance)
                .map(each -> ((Effect.Refused) each).text())
                .toList();
    }

    List<Order> orders() {
        return effects.stream()
                .filter(Effect.Hand.class::isInstance)
                .map(each -> ((Effect.Hand) each).order())
                .distinct()
                .toList();
    }
}
