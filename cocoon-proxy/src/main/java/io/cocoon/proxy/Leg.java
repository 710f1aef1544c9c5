package io.cocoon.proxy;

import io.cocoon.tl.Int256;
import java.time.Instant;

/**
 * One attempt of a query at one worker.
 *
 * @param worker who has it
 * @param id what the worker knows it by
 * @param coefficient the worker's price factor when it was given
 * @param startedAt when it was given
 */
record Leg(WorkerSlot worker, Int256 id, int coefficient, Instant startedAt) {}
