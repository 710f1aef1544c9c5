package io.cocoon.tee.guest;

import io.cocoon.tee.tdx.EventLog;
import io.cocoon.tl.Bytes;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What this machine's firmware, boot loader and system say they measured, next to what the registers of its own quote hold. Only
 * where both agree the log is true: it is not signed. Immutable. TEE dossier 8.2 and 8.6.
 *
 * @param log the firmware's log
 * @param replayed RTMR0 to RTMR3 as the logs make them, 48 bytes each
 * @param registers RTMR0 to RTMR3 of a fresh quote, 48 bytes each
 */
public record BootLog(EventLog log, List<Bytes> replayed, List<Bytes> registers) {

    public BootLog {
        replayed = List.copyOf(replayed);
        registers = List.copyOf(registers);
        if (replayed.size() != registers.size()) {
            throw new IllegalArgumentException(
                    "as many replayed registers as registers, got " + replayed.size() + " and " + registers.size());
        }
    }

    /** Returns the numbers of the registers, 0 to 3, that the logs do not explain. */
    public List<Integer> unexplained() {
        return IntStream.range(0, registers.size())
                .filter(i -> !registers.get(i).equals(replayed.get(i)))
                .boxed()
                .toList();
    }
}
