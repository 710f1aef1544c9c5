package io.cocoon.protocol;

import io.cocoon.tl.Bytes;
import io.cocoon.tl.TlException;
import io.cocoon.tl.TlObject;
import io.cocoon.tl.TlReader;
import io.cocoon.tl.TlWriter;

/** A proxy's signed statement of tokens in total, or none yet. Wire dossier 7. */
public sealed interface SignedPayment extends TlObject {

    /** {@code proxy.signedPayment}, id 0x02998182. */
    record Signed(Bytes data) implements SignedPayment {
        public static final int ID = 0x02998182;

        @Override
        public int constructorId() {
            return ID;
        }

        @Override
        public void writeBare(TlWriter out) {
            out.writeBytes(data);
        }

        static Signed readBare(TlReader in) throws TlException {
            return new Signed(in.readBytes());
        }
    }

    /** {@code proxy.signedPaymentEmpty}, id 0xb347ce64. */
    record Empty() implements SignedPayment {
        public static final int ID = 0xb347ce64;

        @Override
        public int constructorId() {
            return ID;
        }

        @Override
        public void writeBare(TlWriter out) {
            /* no fields */
        }

        static Empty readBare(TlReader in) {
            return new Empty();
        }
    }

    /** Reads one boxed object of this family.
     *
     * @throws TlException if the bytes are anything else
     */
    static SignedPayment readBoxed(TlReader in) throws TlException {
        int id = in.readInt();
        return switch (id) {
            case Signed.ID -> Signed.readBare(in);
            case Empty.ID -> Empty.readBare(in);
            default -> throw in.unknownConstructor(id);
        };
    }
}
