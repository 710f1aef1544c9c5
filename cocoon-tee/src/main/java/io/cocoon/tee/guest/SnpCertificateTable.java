package io.cocoon.tee.guest;

import io.cocoon.tl.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The certificates that a host gives a guest together with its SEV-SNP report: entries of a GUID, an offset and a length,
 * ended by one of zeros. 2026 part of the TEE dossier, 6.1 and 8.7. The host writes it: nothing in it is trusted. Immutable.
 */
public final class SnpCertificateTable {

    /** How many entries are read. */
    public static final int MAX_ENTRIES = 64;

    private static final int ENTRY_BYTES = 24;
    private static final int GUID_BYTES = 16;
    /** The GUIDs in their mixed-endian byte form. */
    private static final Bytes VCEK = Bytes.fromHex("8d75da6364e66445adc5f4b93be8accd");

    private static final Bytes VLEK = Bytes.fromHex("c24b07a85aa23e48aae639c045a0b8a1");

    private final List<Entry> entries;

    private record Entry(Bytes guid, Bytes content) {}

    private SnpCertificateTable(List<Entry> entries) {
        this.entries = List.copyOf(entries);
    }

    /**
     * Reads a table; an empty one has no entries.
     *
     * @throws GuestException if it has no end, too many entries, the same GUID twice, or an entry that lies outside of it
     *     or over its own headers
     */
    public static SnpCertificateTable parse(Bytes table) throws GuestException {
        List<Entry> entries = new ArrayList<>();
        for (int at = 0; !table.isEmpty(); at += ENTRY_BYTES) {
            if (table.length() - at < ENTRY_BYTES || entries.size() > MAX_ENTRIES) {
                throw wrong(
                        entries.size() + " entries and no end", "at most " + MAX_ENTRIES + " and an entry of zeros");
            }
            Bytes guid = Bytes.copyOf(table.slice(at, GUID_BYTES).toByteArray());
            long offset = table.intLeAt(at + GUID_BYTES) & 0xffffffffL;
            long length = table.intLeAt(at + GUID_BYTES + 4) & 0xffffffffL;
            if (offset == 0 && length == 0 && guid.equals(Bytes.copyOf(new byte[GUID_BYTES]))) {
                long headers = at + ENTRY_BYTES;
                for (Entry entry : entries) {
                    if (entry.content.unsafeOffset() - table.unsafeOffset() < headers && !entry.content.isEmpty()) {
                        throw wrong("an entry over the headers", "entries behind offset " + headers);
                    }
                }
                break;
            }
            if (offset + length > table.length()) {
                throw wrong(
                        "an entry from " + offset + " of " + length + " bytes in a table of " + table.length(),
                        "entries inside");
            }
            if (entries.stream().anyMatch(entry -> entry.guid.equals(guid))) {
                throw wrong("a GUID twice", "each once");
            }
            entries.add(new Entry(guid, table.slice((int) offset, (int) length)));
        }
        return new SnpCertificateTable(entries);
    }

    private static GuestException wrong(String seen, String wanted) {
        return new GuestException(
                GuestException.Reason.WRONG_ANSWER,
                "reading the host's certificate table",
                seen,
                wanted,
                "have the host's configuration checked; AMD's service has the certificate as well");
    }

    /** The certificate of the chip's key, DER, if the host gave one. */
    public Optional<Bytes> vcek() {
        return find(VCEK);
    }

    /** The certificate of the cloud provider's key, DER, if the host gave one. */
    public Optional<Bytes> vlek() {
        return find(VLEK);
    }

    private Optional<Bytes> find(Bytes guid) {
        return entries.stream()
                .filter(entry -> entry.guid.equals(guid) && !entry.content.isEmpty())
                .map(Entry::content)
                .findFirst();
    }
}
