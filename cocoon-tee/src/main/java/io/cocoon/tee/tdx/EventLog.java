package io.cocoon.tee.tdx;

import io.cocoon.tl.Bytes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The log of what firmware and boot loader measured (CCEL). The log itself is not signed: it is true as far as its replay gives
 * the registers of a verified quote. Immutable. TEE dossier 8.6.
 *
 * @param events in the order in which they were measured, the header apart
 * @param endOffset where the entries end, in bytes
 */
public record EventLog(List<Event> events, int endOffset) {

    /** Longest log that is read; firmware reserves 64 to 256 KiB. */
    public static final int MAX_BYTES = 4 * 1024 * 1024;

    /** Most entries of a log. */
    public static final int MAX_EVENTS = 65_536;

    private static final int MAX_ALGORITHMS = 16;
    private static final int MAX_DIGEST_BYTES = 128;
    private static final int SHA384 = 0x000c;
    private static final int NO_ACTION = 3;
    private static final int FIRST_ENTRY_DIGEST_BYTES = 20;
    private static final int SPECIFICATION_BYTES = 24;
    private static final int RTMRS = 4;
    private static final Bytes SIGNATURE = Bytes.utf8("Spec ID Event03\0");

    /**
     * One entry.
     *
     * @param register 0 is MRTD, 1 to 4 are RTMR0 to RTMR3
     * @param type of the event; 3 is not measured
     * @param sha384 the digest that extends the register; empty if the entry has none of this algorithm
     * @param data what was measured, or a description of it
     */
    public record Event(int register, int type, Optional<Bytes> sha384, Bytes data) {}

    /**
     * The ACPI table that says where the log is.
     *
     * @param ccType 2 for TDX
     * @param ccSubtype 0
     * @param logLength length of the area of the log, in bytes
     * @param logAddress physical address of the area
     */
    public record Table(int ccType, int ccSubtype, long logLength, long logAddress) {

        /** Length of the table. */
        public static final int BYTES = 56;

        private static final Bytes NAME = Bytes.utf8("CCEL");

        /**
         * Reads the table.
         *
         * @throws TdxQuoteException with code {@code QUOTE_MALFORMED}
         */
        public static Table parse(Bytes table) throws TdxQuoteException {
            int sum = 0;
            for (int i = 0; i < table.length() && i < BYTES; i++) {
                sum += table.get(i);
            }
            if (table.length() != BYTES
                    || !table.slice(0, 4).equals(NAME)
                    || table.intLeAt(4) != BYTES
                    || (sum & 0xff) != 0) {
                throw problem(
                        "a table of " + table.length() + " bytes that is no CCEL table",
                        BYTES + " bytes with signature CCEL, their number and a sum of zero");
            }
            return new Table(
                    table.get(36) & 0xff, table.get(37) & 0xff, TdBody.longLe(table, 40), TdBody.longLe(table, 48));
        }
    }

    public EventLog {
        events = List.copyOf(events);
    }

    /**
     * Reads a log up to its end mark or the end of the data.
     *
     * @throws TdxQuoteException with code {@code QUOTE_MALFORMED}
     */
    public static EventLog parse(Bytes log) throws TdxQuoteException {
        if (log.length() > MAX_BYTES) {
            throw problem("an event log of " + log.length() + " bytes", "at most " + MAX_BYTES);
        }
        Reader reader = new Reader(log);
        Map<Integer, Integer> digestBytes = header(reader);
        List<Event> events = new ArrayList<>();
        while (reader.remaining() >= 4 && reader.peekInt() != -1) {
            if (events.size() == MAX_EVENTS) {
                throw problem("more than " + MAX_EVENTS + " events", "at most " + MAX_EVENTS);
            }
            events.add(event(reader, digestBytes));
        }
        return new EventLog(events, reader.at);
    }

    /** Reads the first entry and returns the lengths of digests by algorithm. */
    private static Map<Integer, Integer> header(Reader reader) throws TdxQuoteException {
        reader.takeInt("register");
        int type = reader.takeInt("event type");
        reader.take(FIRST_ENTRY_DIGEST_BYTES, "digest");
        Bytes data = reader.takeSized("first event");
        if (type != NO_ACTION
                || data.length() < SPECIFICATION_BYTES
                || !data.slice(0, SIGNATURE.length()).equals(SIGNATURE)) {
            throw problem("a first event of type " + type, "type 3 with Spec ID Event03");
        }
        Reader specification = new Reader(data);
        specification.take(SPECIFICATION_BYTES, "specification");
        int count = specification.takeCount("algorithms", MAX_ALGORITHMS);
        Map<Integer, Integer> digestBytes = new HashMap<>();
        for (int i = 0; i < count; i++) {
            int algorithm = specification.takeShort("algorithm");
            int bytes = specification.takeShort("digest size");
            if (bytes == 0
                    || bytes > MAX_DIGEST_BYTES
                    || (algorithm == SHA384 && bytes != TdMeasurements.REGISTER_BYTES)) {
                throw problem("a digest of " + bytes + " bytes", "1 to " + MAX_DIGEST_BYTES + ", 48 for SHA-384");
            }
            if (digestBytes.put(algorithm, bytes) != null) {
                throw problem("algorithm " + algorithm + " twice", "every algorithm once");
            }
        }
        int vendor = specification.take(1, "vendor length").get(0) & 0xff;
        specification.take(vendor, "vendor information");
        return digestBytes;
    }

    private static Event event(Reader reader, Map<Integer, Integer> digestBytes) throws TdxQuoteException {
        int register = reader.takeInt("register");
        int type = reader.takeInt("event type");
        int count = reader.takeCount("digests", MAX_ALGORITHMS);
        Optional<Bytes> sha384 = Optional.empty();
        for (int i = 0; i < count; i++) {
            int algorithm = reader.takeShort("algorithm");
            Integer bytes = digestBytes.get(algorithm);
            if (bytes == null) {
                throw problem("a digest of algorithm " + algorithm, "an algorithm of the header");
            }
            Bytes digest = reader.take(bytes, "digest");
            if (algorithm == SHA384) {
                if (sha384.isPresent()) {
                    throw problem("two SHA-384 digests of one event", "one");
                }
                sha384 = Optional.of(digest);
            }
        }
        return new Event(register, type, sha384, reader.takeSized("event"));
    }

    /**
     * Returns RTMR0 to RTMR3 as the log makes them, 48 bytes each. What user space extended is not in the log.
     *
     * @throws TdxQuoteException if a measured event has no SHA-384 digest or no register of these
     */
    public List<Bytes> replay() throws TdxQuoteException {
        Bytes[] registers = new Bytes[RTMRS];
        Arrays.fill(registers, Rtmr.START);
        for (Event event : events) {
            // Register 0 is MRTD, which the TDX module measures itself.
            if (event.type() == NO_ACTION || event.register() == 0) {
                continue;
            }
            if (event.register() < 0 || event.register() > RTMRS) {
                throw problem("an event of register " + event.register(), "0 to " + RTMRS);
            }
            Optional<Bytes> digest = event.sha384();
            if (digest.isEmpty()) {
                throw problem("a measured event without a SHA-384 digest", "a SHA-384 digest");
            }
            registers[event.register() - 1] = Rtmr.extend(registers[event.register() - 1], digest.get());
        }
        return List.of(registers);
    }

    private static TdxQuoteException problem(String seen, String wanted) {
        return new TdxQuoteException(new TdxRefusal(TdxError.QUOTE_MALFORMED, seen, wanted));
    }

    private static final class Reader {
        private final Bytes source;
        private int at;

        Reader(Bytes source) {
            this.source = source;
        }

        int remaining() {
            return source.length() - at;
        }

        int peekInt() {
            return source.intLeAt(at);
        }

        Bytes take(int count, String what) throws TdxQuoteException {
            if (count > remaining()) {
                throw problem(what + " cut off: " + remaining() + " bytes are left", count + " bytes");
            }
            at += count;
            return source.slice(at - count, count);
        }

        int takeInt(String what) throws TdxQuoteException {
            return take(4, what).intLeAt(0);
        }

        int takeShort(String what) throws TdxQuoteException {
            return SgxBody.shortLe(take(2, what), 0);
        }

        int takeCount(String what, int max) throws TdxQuoteException {
            int count = takeInt("number of " + what);
            if (count < 0 || count > max) {
                throw problem(Integer.toUnsignedString(count) + " " + what, "at most " + max);
            }
            return count;
        }

        Bytes takeSized(String what) throws TdxQuoteException {
            int size = takeInt("size of the " + what);
            if (size < 0 || size > remaining()) {
                throw problem(
                        what + " of " + Integer.toUnsignedString(size) + " bytes where " + remaining() + " are left",
                        "a size that fits");
            }
            return take(size, what);
        }
    }
}
