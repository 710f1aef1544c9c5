package io.cocoon.ton.contract;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.cocoon.payment.PaymentException;
import io.cocoon.payment.SignedPayments;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.BagOfCells;
import io.cocoon.ton.cell.CellException;

class TonInputsFuzz {

    private static final Address ANY = new Address(0, Int256.ZERO);

    @FuzzTest
    void bytes_are_a_root_state_or_a_cell_exception(byte[] bytes) {
        try {
            RootStateCodec.read(ANY, BagOfCells.read(Bytes.copyOf(bytes)));
        } catch (CellException expected) {
            // the one way in which bytes are refused
        }
    }

    @FuzzTest
    void bytes_are_a_payment_or_a_payment_exception(byte[] bytes) {
        try {
            SignedPayments.check(Bytes.copyOf(bytes), SignedPayments.Kind.CLIENT_CHARGE, ANY, Int256.ZERO);
        } catch (PaymentException expected) {
            // the one way in which bytes are refused
        }
    }
}
