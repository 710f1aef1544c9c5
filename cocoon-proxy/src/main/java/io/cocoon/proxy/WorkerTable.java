package io.cocoon.proxy;

import static io.cocoon.protocol.ErrorCodes.NOT_READY;
import static io.cocoon.protocol.ErrorCodes.PROTOCOL_VIOLATION;

import io.cocoon.protocol.WorkerInstanceV2;
import io.cocoon.protocol.WorkerType;
import io.cocoon.protocol.WorkerTypeV2;
import io.cocoon.tl.Int256;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Who serves which model, and the choice among them.
 *
 * <p>Choice: two connections at random among those that may take the query; of the two each with a probability inverse to
 * its {@link #cost}. Two random choices keep the load even without everybody running to the momentarily best one, and need
 * no scan: with many workers a few random looks find two candidates. The lottery between the two leaves everybody some
 * queries: a connection that always lost would never be measured again.
 *
 * <p>One monitor guards the table and every slot's mutable fields. It is held for look-ups and counters only.
 */
final class WorkerTable {

    /** The artificial value with which the reference ends its list of coefficients (wire dossier 3.4). */
    private static final int ARTIFICIAL_COEFFICIENT = Integer.MAX_VALUE;

    private static final int RANDOM_LOOKS = 8;
    private static final double NEGLIGIBLE_SECONDS = 0.05;

    /**
     * How old a list of workers may be. Making one sorts all workers under the monitor that every choice needs; without an
     * age, one client that asks again and again would stop the proxy for everybody.
     */
    static final Duration LIST_AGE = Duration.ofMillis(100);

    private static final class Model {
        private final List<WorkerSlot> slots = new ArrayList<>();
        private final Speed speed;
        private Instant emptySince = Instant.MAX;

        private Model(Instant now) {
            speed = new Speed(now);
        }
    }

    /** A list that was made, and when. */
    private record Listed<T>(Instant at, List<T> types) {
        private boolean isFresh(Instant now) {
            return at != Instant.MIN
                    && !now.isBefore(at)
                    && Duration.between(at, now).compareTo(LIST_AGE) < 0;
        }
    }

    private final Map<String, Model> models = new HashMap<>();
    private volatile Listed<WorkerTypeV2> listedV2 = new Listed<>(Instant.MIN, List.of());
    private volatile Listed<WorkerType> listedV1 = new Listed<>(Instant.MIN, List.of());
    private final RandomGenerator random;
    private final int maxModels;
    private final Duration memory;

    WorkerTable(RandomGenerator random, int maxModels, Duration memory) {
        this.random = random;
        this.maxModels = maxModels;
        this.memory = memory;
    }

    /** What a query needs of a worker. */
    record Need(String model, int maxCoefficient, int minVersion, Collection<WorkerSlot> alreadyTried) {}

    /** Adds a connection, at first disabled. @throws Refusal if its model is new and the table is full */
    synchronized void add(WorkerSlot slot, Instant now) throws Refusal {
        Model model = models.get(slot.baseModel);
        if (model == null) {
            if (models.size() >= maxModels) {
                throw new Refusal(NOT_READY, "too many models: " + maxModels + " are known already");
            }
            model = new Model(now);
            models.put(slot.baseModel, model);
        }
        slot.speedOfModel = model.speed;
        model.slots.add(slot);
        model.emptySince = Instant.MAX;
    }

    /** Takes a connection out; from then on it gets no query. @return whether it was in */
    synchronized boolean remove(WorkerSlot slot, Instant now) {
        slot.gone = true;
        Model model = models.get(slot.baseModel);
        if (model == null || !model.slots.remove(slot)) {
            return false;
        }
        if (model.slots.isEmpty()) {
            model.emptySince = now;
        }
        return true;
    }

    /** Forgets models that nobody has served for long (hazard H22: the reference keeps every name for ever). */
    synchronized void sweep(Instant now) {
        models.values()
                .removeIf(model -> model.slots.isEmpty()
                        && Duration.between(model.emptySince, now).compareTo(memory) > 0);
    }

    /** Changes a slot under the table's monitor. */
    synchronized void update(WorkerSlot slot, Consumer<WorkerSlot> change) {
        change.accept(slot);
    }

    /** Returns all connections. */
    synchronized List<WorkerSlot> slots() {
        return models.values().stream().flatMap(model -> model.slots.stream()).toList();
    }

    /** Reads something of a slot under the table's monitor. */
    synchronized <T> T read(java.util.function.Supplier<T> reader) {
        return reader.get();
    }

    /**
     * Chooses a worker and gives it the query: its counter goes up and the leg is known.
     *
     * @throws Refusal with the reference's codes and texts if nobody can take it (wire dossier 6.2, step 5)
     */
    synchronized Leg choose(Need need, Query query, Int256 legId, Instant now) throws Refusal {
        Model model = models.get(need.model);
        if (model == null) {
            throw new Refusal(PROTOCOL_VIOLATION, "unknown model " + need.model);
        }
        if (model.slots.isEmpty()) {
            throw new Refusal(NOT_READY, "no workers for model " + need.model);
        }
        WorkerSlot chosen = pick(model.slots, need);
        if (chosen == null) {
            throw refusal(model.slots, need);
        }
        chosen.running++;
        chosen.legs.put(legId, query);
        return new Leg(chosen, legId, chosen.coefficient, now);
    }

    private @Nullable WorkerSlot pick(List<WorkerSlot> slots, Need need) {
        WorkerSlot first = null;
        if (slots.size() > RANDOM_LOOKS) {
            for (int i = 0; i < RANDOM_LOOKS; i++) {
                WorkerSlot slot = slots.get(random.nextInt(slots.size()));
                if (slot == first || !canTake(slot, need, need.maxCoefficient)) {
                    continue;
                }
                if (first != null) {
                    return draw(first, slot);
                }
                first = slot;
            }
        }
        List<WorkerSlot> able = new ArrayList<>();
        for (WorkerSlot slot : slots) {
            if (canTake(slot, need, need.maxCoefficient)) {
                able.add(slot);
            }
        }
        if (able.isEmpty()) {
            return null;
        }
        int one = random.nextInt(able.size());
        if (able.size() == 1) {
            return able.get(one);
        }
        int other = random.nextInt(able.size() - 1);
        return draw(able.get(one), able.get(other < one ? other : other + 1));
    }

    private static boolean canTake(WorkerSlot slot, Need need, int maxCoefficient) {
        return !slot.gone
                && !slot.disabled
                && slot.running < slot.limit
                && slot.coefficient <= maxCoefficient
                && slot.version >= need.minVersion
                && slot.connection.isWritable()
                && !need.alreadyTried.contains(slot);
    }

    private WorkerSlot draw(WorkerSlot a, WorkerSlot b) {
        double costOfA = cost(a);
        double costOfB = cost(b);
        return random.nextDouble() * (costOfA + costOfB) < costOfB ? a : b;
    }

    /**
     * What one more query costs here: the expected wait, lengthened by failures that would have to be repeated, times a
     * price factor in which coefficient 1000 counts like a wait twice as long. Differences of a few milliseconds do not
     * matter.
     */
    static double cost(WorkerSlot slot) {
        double load = (slot.running + 1) * (slot.meanSeconds() + NEGLIGIBLE_SECONDS);
        return load / slot.speed.successRate() * (1 + slot.coefficient / 1000.0);
    }

    private static Refusal refusal(List<WorkerSlot> slots, Need need) {
        int cheapest = Integer.MAX_VALUE;
        for (WorkerSlot slot : slots) {
            if (canTake(slot, need, Integer.MAX_VALUE)) {
                cheapest = Math.min(cheapest, slot.coefficient);
            }
        }
        return cheapest == Integer.MAX_VALUE
                ? new Refusal(NOT_READY, "no ready workers for model" + need.model)
                : new Refusal(NOT_READY, "can run this query with coefficient=" + cheapest);
    }

    /** Ends a leg; a second call for the same leg does nothing. */
    synchronized void end(Leg leg, Instant now, boolean measured, boolean success) {
        if (leg.worker().legs.remove(leg.id()) == null) {
            return;
        }
        leg.worker().running--;
        if (measured) {
            Duration took = Duration.between(leg.startedAt(), now);
            leg.worker().speed.record(now, took, success);
            Speed ofModel = leg.worker().speedOfModel;
            if (ofModel != null) {
                ofModel.record(now, took, success);
            }
        }
    }

    /**
     * Answers {@code client.getWorkerTypesV2}: enabled connections by price, for models that somebody serves. At most this
     * old: {@link #LIST_AGE}.
     */
    List<WorkerTypeV2> listV2(Instant now) {
        Listed<WorkerTypeV2> last = listedV2;
        if (!last.isFresh(now)) {
            last = new Listed<>(now, makeListV2());
            listedV2 = last;
        }
        return last.types;
    }

    /** Answers {@code client.getWorkerTypes}, as old as {@link #listV2}. */
    List<WorkerType> listV1(Instant now) {
        Listed<WorkerType> last = listedV1;
        if (!last.isFresh(now)) {
            last = new Listed<>(now, makeListV1());
            listedV1 = last;
        }
        return last.types;
    }

    private synchronized List<WorkerTypeV2> makeListV2() {
        List<WorkerTypeV2> list = new ArrayList<>();
        served().forEach((name, slots) -> list.add(new WorkerTypeV2(
                name,
                slots.stream()
                        .filter(slot -> !slot.disabled)
                        .sorted(Comparator.comparingInt(slot -> slot.coefficient))
                        .map(slot -> new WorkerInstanceV2(0, slot.coefficient, slot.running, slot.limit))
                        .toList())));
        return list;
    }

    /** With the reference's numbers, its artificial coefficient included. */
    private synchronized List<WorkerType> makeListV1() {
        List<WorkerType> list = new ArrayList<>();
        served().forEach((name, slots) -> {
            int[] coefficients = java.util.stream.IntStream.concat(
                            slots.stream().mapToInt(slot -> slot.coefficient),
                            java.util.stream.IntStream.of(ARTIFICIAL_COEFFICIENT))
                    .sorted()
                    .toArray();
            list.add(new WorkerType(
                    name,
                    slots.size(),
                    coefficients[0],
                    coefficients[coefficients.length / 2],
                    coefficients[coefficients.length - 1]));
        });
        return list;
    }

    private Map<String, List<WorkerSlot>> served() {
        Map<String, List<WorkerSlot>> served = new TreeMap<>();
        models.forEach((name, model) -> {
            if (!model.slots.isEmpty()) {
                served.put(name, model.slots);
            }
        });
        return served;
    }
}
