package io.cocoon.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * What a status page knows of a role.
 *
 * @param <S> a look at the process, cheap to take
 */
interface RoleView<S> {

    /** Looks at the process; from any thread, must not block for long. */
    S look();

    /** Puts a look into words. */
    Snapshot describe(S look);

    /** Returns what is drawn; the same each time. */
    List<Plot<S>> plots();

    /** Returns what can be ordered; the same each time. */
    List<Order> orders();

    /** Returns the names of the reference's counters that {@code /jsonstats} of this role has. */
    List<String> counters();

    /** Returns their values, in that order. */
    double[] count(S look);

    /** Adds the rest of the reference's {@code /jsonstats} to the object. */
    void jsonStats(S look, ObjectNode into);
}
