package io.cocoon.tee.tdx;

import io.cocoon.tee.internal.Certificate;
import io.cocoon.tee.internal.Der;
import io.cocoon.tee.internal.DerException;
import io.cocoon.tl.Bytes;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * What a PCK certificate says about its platform: Intel's extension 1.2.840.113741.1.13.1. Immutable. TEE dossier 7.4.
 *
 * @param ppid 16 bytes, the platform
 * @param components 16 bytes, the security versions of the components, unsigned
 * @param pceSvn security version of the provisioning enclave
 * @param cpuSvn 16 bytes
 * @param pceId 2 bytes
 * @param fmspc 6 bytes, the family of platforms
 * @param sgxType 0 standard, 1 scalable, 2 scalable with integrity
 * @param platformInstanceId 16 bytes, if the Platform CA issued
 * @param platformCa whether the Platform CA issued, and not the Processor CA
 */
public record PckIdentity(
        Bytes ppid,
        Bytes components,
        int pceSvn,
        Bytes cpuSvn,
        Bytes pceId,
        Bytes fmspc,
        int sgxType,
        Optional<Bytes> platformInstanceId,
        boolean platformCa) {

    static final String EXTENSION = "1.2.840.113741.1.13.1";

    private static final int COMPONENTS = 16;
    private static final int TCB_ENTRIES = COMPONENTS + 2;
    private static final int PROCESSOR_ENTRIES = 5;
    private static final int PLATFORM_ENTRIES = 7;

    /** Reads the extension of a certificate. */
    static PckIdentity read(Certificate certificate) throws TdxRefusal {
        Optional<Bytes> content = certificate.extensions().find(EXTENSION);
        if (content.isEmpty()) {
            throw new TdxRefusal(TdxError.PCK_EXTENSION_INVALID, "no SGX extension", "extension " + EXTENSION);
        }
        try {
            return new Parser(certificate.issuerCommonName().contains("Platform")).read(content.get());
        } catch (DerException e) {
            throw new TdxRefusal(TdxError.PCK_EXTENSION_INVALID, e);
        }
    }

    private static final class Parser {
        private final boolean platformCa;
        private final Set<String> seen = new HashSet<>();
        private final byte[] components = new byte[COMPONENTS];
        private Bytes ppid = Bytes.empty();
        private int pceSvn;
        private Bytes cpuSvn = Bytes.empty();
        private Bytes pceId = Bytes.empty();
        private Bytes fmspc = Bytes.empty();
        private int sgxType;
        private Optional<Bytes> platformInstanceId = Optional.empty();

        Parser(boolean platformCa) {
            this.platformCa = platformCa;
        }

        PckIdentity read(Bytes content) throws DerException {
            Der whole = new Der(content);
            Der list = whole.enter(Der.SEQUENCE, "SGX extension");
            whole.expectEnd("the SGX extension");
            int count = 0;
            while (list.hasMore()) {
                entry(list.enter(Der.SEQUENCE, "entry of the SGX extension"));
                count++;
            }
            if (count != PROCESSOR_ENTRIES && count != PLATFORM_ENTRIES) {
                throw new DerException("an SGX extension of " + count + " entries", "5 or 7 entries");
            }
            for (int i = 1; i <= PROCESSOR_ENTRIES; i++) {
                if (!seen.contains(EXTENSION + "." + i)) {
                    throw new DerException("an SGX extension without entry " + i, "entries 1 to 5");
                }
            }
            return new PckIdentity(
                    ppid,
                    Bytes.wrapUnshared(components),
                    pceSvn,
                    cpuSvn,
                    pceId,
                    fmspc,
                    sgxType,
                    platformInstanceId,
                    platformCa);
        }

        private String identifier(Der pair) throws DerException {
            String identifier = pair.identifier("identifier in the SGX extension");
            if (!seen.add(identifier)) {
                throw new DerException(identifier + " twice", "every entry once");
            }
            return identifier;
        }

        private void entry(Der pair) throws DerException {
            String identifier = identifier(pair);
            if (!identifier.startsWith(EXTENSION + ".")) {
                throw new DerException("entry " + identifier, "an entry of " + EXTENSION);
            }
            switch (identifier.substring(EXTENSION.length() + 1)) {
                case "1" -> ppid = octets(pair, "PPID", 16);
                case "2" -> tcb(pair.enter(Der.SEQUENCE, "TCB"));
                case "3" -> pceId = octets(pair, "PCEID", 2);
                case "4" -> fmspc = octets(pair, "FMSPC", 6);
                case "5" -> sgxType = pair.smallInteger(Der.ENUMERATED, "SGX type", 2);
                case "6" -> platformInstanceId = Optional.of(octets(pair, "platform instance id", 16));
                case "7" -> configuration(pair.enter(Der.SEQUENCE, "configuration"));
                default -> throw new DerException("entry " + identifier, "entries 1 to 7");
            }
            pair.expectEnd("an entry of the SGX extension");
        }

        private void tcb(Der list) throws DerException {
            int count = 0;
            while (list.hasMore()) {
                Der pair = list.enter(Der.SEQUENCE, "entry of the TCB");
                String identifier = identifier(pair);
                int number = number(identifier, EXTENSION + ".2.", TCB_ENTRIES);
                if (number <= COMPONENTS) {
                    components[number - 1] = (byte) pair.smallInteger(Der.INTEGER, "component SVN", 255);
                } else if (number == COMPONENTS + 1) {
                    pceSvn = pair.smallInteger(Der.INTEGER, "PCESVN", 65_535);
                } else {
                    cpuSvn = octets(pair, "CPUSVN", 16);
                }
                pair.expectEnd("an entry of the TCB");
                count++;
            }
            if (count != TCB_ENTRIES) {
                throw new DerException("a TCB of " + count + " entries", TCB_ENTRIES + " entries");
            }
        }

        private void configuration(Der list) throws DerException {
            while (list.hasMore()) {
                Der pair = list.enter(Der.SEQUENCE, "entry of the configuration");
                number(identifier(pair), EXTENSION + ".7.", 3);
                pair.bool("configuration");
                pair.expectEnd("an entry of the configuration");
            }
        }

        private static int number(String identifier, String prefix, int max) throws DerException {
            for (int i = 1; i <= max; i++) {
                if (identifier.equals(prefix + i)) {
                    return i;
                }
            }
            throw new DerException("entry " + identifier, prefix + "1 to " + max);
        }

        private static Bytes octets(Der pair, String what, int length) throws DerException {
            Bytes value = pair.enter(Der.OCTET_STRING, what).rest();
            if (value.length() != length) {
                throw new DerException(what + " of " + value.length() + " bytes", length + " bytes");
            }
            return value;
        }
    }
}
