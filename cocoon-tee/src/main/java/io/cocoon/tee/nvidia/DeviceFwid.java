package io.cocoon.tee.nvidia;

import io.cocoon.tee.internal.Certificate;
import io.cocoon.tee.internal.Der;
import io.cocoon.tee.internal.DerException;
import io.cocoon.tl.Bytes;
import java.util.Optional;

/** The FWID in a device certificate: SHA-384 of the firmware that the key belongs to. 2026 part of the TEE dossier, 10.2. */
final class DeviceFwid {

    /** Hopper's extension: a key and its FWID (TCG DICE CompositeDeviceID). */
    static final String HOPPER = "2.23.133.5.4.1";

    /** Blackwell's extension: DICE TcbInfo. */
    static final String BLACKWELL = "2.23.133.5.4.1.1";

    private static final String SHA384 = "2.16.840.1.101.3.4.2.2";
    private static final int FWIDS = 0xa6;
    private static final String RULE = "2026 part of the TEE dossier, 10.2; TCG DICE attestation architecture";

    private DeviceFwid() {}

    /** Returns the 48 bytes, by the rules of the generation. */
    static Bytes of(Certificate device, GpuArchitecture architecture) throws Refusal {
        String identifier = architecture == GpuArchitecture.HOPPER ? HOPPER : BLACKWELL;
        Optional<Bytes> content = device.extensions().find(identifier);
        if (content.isEmpty()) {
            throw refusal("FWID_MISSING", "no extension " + identifier, "the FWID extension of " + architecture);
        }
        return architecture == GpuArchitecture.HOPPER ? hopper(content.get()) : blackwell(content.get());
    }

    /** The extension ends with an octet string of 48 bytes. */
    private static Bytes hopper(Bytes content) throws Refusal {
        int from = content.length() - GpuReport.MEASUREMENT_LENGTH;
        if (from < 2 || content.get(from - 2) != Der.OCTET_STRING || content.get(from - 1) != 48) {
            throw refusal("FWID_MISSING", "an extension that does not end with 48 bytes", "SHA-384 at the end");
        }
        return content.sliceFrom(from);
    }

    private static Bytes blackwell(Bytes content) throws Refusal {
        try {
            Der outer = new Der(content);
            Der info = outer.enter(Der.SEQUENCE, "TcbInfo");
            outer.expectEnd("the TcbInfo");
            while (info.hasMore() && info.peek() != FWIDS) {
                info.skip("field of the TcbInfo");
            }
            Der first = info.enter(FWIDS, "FWID list").enter(Der.SEQUENCE, "FWID");
            String hash = first.identifier("hash algorithm");
            Bytes digest = first.enter(Der.OCTET_STRING, "digest").rest();
            first.expectEnd("the digest");
            if (!hash.equals(SHA384) || digest.length() != GpuReport.MEASUREMENT_LENGTH) {
                throw refusal("FWID_MISSING", "a first FWID by " + hash, "SHA-384, 48 bytes");
            }
            return digest;
        } catch (DerException e) {
            throw refusal("FWID_MISSING", e.seen(), e.wanted());
        }
    }

    private static Refusal refusal(String code, String seen, String wanted) {
        return new Refusal(code, seen, wanted, RULE, "do not trust the device");
    }
}
