package io.cocoon.worker;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/** Lets engine threads wait until a connection takes more. One per connection; thread-safe. */
final class WritableGate {

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    /** Waits until {@code open} holds; it is looked at again after every {@link #changed()}. */
    void await(BooleanSupplier open) throws InterruptedException {
        if (open.getAsBoolean()) {
            return;
        }
        lock.lockInterruptibly();
        try {
            while (!open.getAsBoolean()) {
                changed.await();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Says that a condition may hold now. */
    void changed() {
        lock.lock();
        try {
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
