package io.cocoon.client;

import io.cocoon.payment.Prices;
import io.cocoon.protocol.ClientToProxy;
import io.cocoon.protocol.ProxyToClient;
import io.cocoon.protocol.WorkerInstanceV2;
import io.cocoon.protocol.WorkerType;
import io.cocoon.protocol.WorkerTypeV2;
import io.cocoon.tl.TlException;
import io.cocoon.tl.TlReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Asks proxies what they serve, with the list of the connection's version, and joins their answers. */
final class ModelLists {

    /** As the reference. */
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private ModelLists() {}

    /** Returns what one proxy serves. */
    static CompletableFuture<List<ModelOffer>> of(ProxyLink link, Prices prices) {
        if (link.version() == 0) {
            return link.open()
                    .ask(new ClientToProxy.GetWorkerTypes(), TIMEOUT)
                    .thenCompose(answer ->
                            parse(() -> TlReader.readWhole(answer, ProxyToClient::readWorkerTypes).types().stream()
                                    .map(type -> offer(type, prices))
                                    .toList()));
        }
        return link.open()
                .ask(new ClientToProxy.GetWorkerTypesV2(), TIMEOUT)
                .thenCompose(answer ->
                        parse(() -> TlReader.readWhole(answer, ProxyToClient::readWorkerTypesV2).types().stream()
                                .map(type -> offer(type, prices))
                                .toList()));
    }

    @FunctionalInterface
    private interface Parse {
        List<ModelOffer> run() throws TlException;
    }

    private static CompletableFuture<List<ModelOffer>> parse(Parse parse) {
        try {
            return CompletableFuture.completedFuture(parse.run());
        } catch (TlException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private static ModelOffer offer(WorkerType type, Prices prices) {
        return new ModelOffer(
                type.name(),
                type.activeWorkers(),
                OptionalInt.empty(),
                type.coefficientMin() / 1000.0,
                type.coefficientBucket50() / 1000.0,
                type.coefficientMax() / 1000.0,
                prices);
    }

    private static ModelOffer offer(WorkerTypeV2 type, Prices prices) {
        int[] coefficients = type.workers().stream()
                .mapToInt(WorkerInstanceV2::coefficient)
                .sorted()
                .toArray();
        long free = type.workers().stream()
                .mapToLong(each -> Math.max(0L, (long) each.maxActiveRequests() - each.activeRequests()))
                .sum();
        int count = coefficients.length;
        return new ModelOffer(
                type.name(),
                count,
                OptionalInt.of((int) Math.min(free, Integer.MAX_VALUE)),
                count == 0 ? 0 : coefficients[0] / 1000.0,
                count == 0 ? 0 : coefficients[(count - 1) / 2] / 1000.0,
                count == 0 ? 0 : coefficients[count - 1] / 1000.0,
                prices);
    }

    /** Waits for the lists of several proxies and joins them; fails only if all fail. */
    static List<ModelOffer> join(Map<String, CompletableFuture<List<ModelOffer>>> lists) {
        Map<String, ModelOffer> byName = new TreeMap<>();
        List<CocoonException> failures = new ArrayList<>();
        long deadline = System.nanoTime() + TIMEOUT.toNanos() + TimeUnit.SECONDS.toNanos(1);
        lists.forEach((proxy, list) -> {
            try {
                for (ModelOffer offer : list.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS)) {
                    byName.merge(offer.name(), offer, ModelLists::joined);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new CocoonException.Cancelled(
                        "the thread was interrupted while models were asked for", "ask again if they are wanted");
            } catch (ExecutionException | TimeoutException e) {
                failures.add(Failures.ofHandshake(proxy, e));
            }
        });
        if (failures.size() == lists.size() && !failures.isEmpty()) {
            throw failures.get(0).again();
        }
        return List.copyOf(byName.values());
    }

    private static ModelOffer joined(ModelOffer a, ModelOffer b) {
        ModelOffer more = a.workers() >= b.workers() ? a : b;
        OptionalInt free = a.freeSlots().isEmpty() || b.freeSlots().isEmpty()
                ? more.freeSlots()
                : OptionalInt.of(
                        Math.max(a.freeSlots().getAsInt(), b.freeSlots().getAsInt()));
        return new ModelOffer(
                a.name(),
                more.workers(),
                free,
                Math.min(a.minPriceFactor(), b.minPriceFactor()),
                more.medianPriceFactor(),
                Math.max(a.maxPriceFactor(), b.maxPriceFactor()),
                a.prices());
    }
}
