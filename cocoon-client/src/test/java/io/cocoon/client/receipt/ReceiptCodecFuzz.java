package io.cocoon.client.receipt;

import com.code_intelligence.jazzer.junit.FuzzTest;

/** Receipts of strangers: nothing but the declared exception, and what is read is written as it was. */
class ReceiptCodecFuzz {

    @FuzzTest
    void receipts(byte[] input) {
        Receipt receipt;
        try {
            receipt = ReceiptCodec.read(input);
        } catch (ReceiptException expected) {
            // the one way in which bytes are refused
            return;
        }
        try {
            if (!ReceiptCodec.read(ReceiptCodec.write(receipt)).equals(receipt)) {
                throw new AssertionError("a receipt changes when it is written and read");
            }
        } catch (ReceiptException e) {
            throw new AssertionError("a receipt that was written cannot be read", e);
        }
    }
}
