package io.cocoon.proxy;

import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.transport.Connection;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * One worker connection as the selection sees it.
 *
 * <p>The mutable fields are guarded by the {@link WorkerTable}'s monitor. {@link #legs} may be read from any thread; it is
 * written under that monitor, so that no leg is added to a connection that has been taken out.
 */
final class WorkerSlot {

    final Connection connection;
    final Address owner;
    final Address contract;
    final String fullModel;
    final String baseModel;
    final int version;
    final String machine;

    /** Queries that this connection works on, by the id of the leg: an answer can only come from here (hazard H26). */
    final Map<Int256, Query> legs = new ConcurrentHashMap<>();

    final int limit;
    final Speed speed;

    /** Of all connections that serve the model; set when this one joins them. */
    @Nullable
    Speed speedOfModel;

    int coefficient;
    boolean disabled = true;
    boolean gone;
    int running;

    WorkerSlot(
            Connection connection,
            Address owner,
            Address contract,
            String fullModel,
            int version,
            int limit,
            int coefficient,
            String machine,
            Instant now) {
        this.connection = connection;
        this.owner = owner;
        this.contract = contract;
        this.fullModel = fullModel;
        this.baseModel = baseName(fullModel);
        this.version = version;
        this.limit = limit;
        this.coefficient = coefficient;
        this.machine = machine;
        this.speed = new Speed(now);
    }

    /** Returns the mean time of a query in seconds; a new connection is expected to be like the others of its model. */
    double meanSeconds() {
        return speedOfModel == null ? speed.meanSeconds() : speed.meanSeconds(speedOfModel.meanSeconds());
    }

    /** Returns the part of a model's name that clients use: before the first {@code @}. */
    static String baseName(String fullModel) {
        int at = fullModel.indexOf('@');
        return at < 0 ? fullModel : fullModel.substring(0, at);
    }
}
