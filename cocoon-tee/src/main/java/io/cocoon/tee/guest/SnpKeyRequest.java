package io.cocoon.tee.guest;

import io.cocoon.tee.guest.GuestException.Reason;
import io.cocoon.tl.Bytes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.EnumSet;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * What a key that the firmware of SEV-SNP derives depends on, and how the names of keys are mixed in. Immutable. 2026 part of the
 * TEE dossier, 6.5; AMD 56860, MSG_KEY_REQ.
 *
 * <p>The root is the chip's endorsement key, so a firmware update changes every key and what they sealed is lost.
 *
 * @param fields what is mixed in
 * @param vmpl the privilege level, 0 to 3, not below the one that asks
 * @param guestSvn mixed in with {@link Field#GUEST_SVN}; at most the guest's own. Unsigned
 * @param tcbVersion mixed in with {@link Field#TCB_VERSION}; at most COMMITTED_TCB. 8 bytes as in a report, read as u64 LE
 */
public record SnpKeyRequest(Set<Field> fields, int vmpl, int guestSvn, long tcbVersion) {

    /** Length of a request and of a response. */
    public static final int REQUEST_BYTES = 32;

    /** See {@link #REQUEST_BYTES}. */
    public static final int RESPONSE_BYTES = 64;

    private static final int MAX_VMPL = 3;
    private static final int MAX_NAME_CHARACTERS = 256;

    /** What can be mixed in, by AMD's bits. */
    public enum Field {
        /** The guest policy: without it a guest that may be debugged gets the same keys (hazard D8). */
        GUEST_POLICY,
        IMAGE_ID,
        FAMILY_ID,
        MEASUREMENT,
        GUEST_SVN,
        TCB_VERSION
    }

    public SnpKeyRequest {
        if (vmpl < 0 || vmpl > MAX_VMPL) {
            throw new IllegalArgumentException("a privilege level is 0 to " + MAX_VMPL + ", got " + vmpl);
        }
        fields = Set.copyOf(fields);
    }

    /** Returns the request of the reference, whose keys a host that allows debugging can get as well (hazard D8). */
    public static SnpKeyRequest ofReference() {
        return new SnpKeyRequest(EnumSet.of(Field.MEASUREMENT, Field.TCB_VERSION), 1, 0, 0);
    }

    /**
     * Returns a request with all that identifies the guest mixed in: policy, measurement, image, family and security version.
     *
     * @param guestSvn at most the guest's own (GUEST_SVN of its report): an older guest cannot ask for a newer one's key. Unsigned
     */
    public static SnpKeyRequest strict(int guestSvn) {
        return new SnpKeyRequest(
                EnumSet.of(Field.GUEST_POLICY, Field.MEASUREMENT, Field.IMAGE_ID, Field.FAMILY_ID, Field.GUEST_SVN),
                1,
                guestSvn,
                0);
    }

    /** Returns the 32 bytes for {@link GuestDevice#snpDerivedKey}. */
    public Bytes encode() {
        long select = 0;
        for (Field field : fields) {
            select |= 1L << field.ordinal();
        }
        ByteBuffer request = ByteBuffer.allocate(REQUEST_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        // Root key select 0 is the endorsement key of chip and firmware.
        request.putInt(0)
                .putInt(0)
                .putLong(select)
                .putInt(vmpl)
                .putInt(guestSvn)
                .putLong(tcbVersion);
        return Bytes.wrapUnshared(request.array());
    }

    /**
     * Asks the firmware and makes a named key.
     *
     * @throws GuestException if the device cannot, or the firmware reports an error
     */
    public Bytes key(GuestDevice device, String name) throws GuestException {
        return key(device.snpDerivedKey(encode()), name);
    }

    /**
     * Makes a named key out of a response: HMAC-SHA256 with all 64 bytes as key over the name. The firmware's status is checked:
     * after an error the rest is the same on every machine.
     *
     * @param name for example {@code disk_encryption} or {@code app}; 1 to 256 characters
     * @return 32 bytes. A secret
     * @throws GuestException if the response has another length, states an error, or holds no key
     */
    public static Bytes key(Bytes response, String name) throws GuestException {
        if (name.isEmpty() || name.length() > MAX_NAME_CHARACTERS) {
            throw new IllegalArgumentException(
                    "a key's name has 1 to " + MAX_NAME_CHARACTERS + " characters, got " + name.length());
        }
        if (response.length() != RESPONSE_BYTES) {
            throw wrong(response.length() + " bytes", RESPONSE_BYTES + " bytes", "check the device");
        }
        int status = response.intLeAt(0);
        if (status != 0) {
            throw wrong(
                    "status " + Integer.toUnsignedString(status), "status 0", "ask for a level that this guest has");
        }
        if (isZero(response.sliceFrom(REQUEST_BYTES))) {
            throw wrong("a key of zeros", "a key", "check the firmware");
        }
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(response.toByteArray(), "HmacSHA256"));
            return Bytes.wrapUnshared(mac.doFinal(name.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java runtime has HmacSHA256", e);
        }
    }

    private static boolean isZero(Bytes bytes) {
        int all = 0;
        for (int i = 0; i < bytes.length(); i++) {
            all |= bytes.get(i);
        }
        return all == 0;
    }

    private static GuestException wrong(String seen, String wanted, String nextStep) {
        return new GuestException(
                Reason.WRONG_ANSWER, "deriving a key with the firmware of SEV-SNP", seen, wanted, nextStep);
    }
}
