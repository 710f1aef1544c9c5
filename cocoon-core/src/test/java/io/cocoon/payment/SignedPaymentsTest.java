package io.cocoon.payment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.cocoon.crypto.Ed25519Key;
import io.cocoon.testdata.TestData;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import java.math.BigInteger;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class SignedPaymentsTest {

    /** The order of the group in which Ed25519 signs. */
    private static final BigInteger ORDER =
            BigInteger.TWO.pow(252).add(new BigInteger("27742317777372353535851937790883648493"));

    private static final Ed25519Key KEY = Ed25519Key.fromSeed(Int256.fromHex("11".repeat(32)));
    private static final Address CONTRACT = new Address(0, Int256.fromHex("ab".repeat(32)));
    private static final Address EXCESSES = new Address(0, Int256.fromHex("cd".repeat(32)));

    @Test
    void should_put_another_excess_address_into_every_signed_message_that_has_tokens_or_not() throws Exception {
        int count = 0;
        for (JsonNode vector : TestData.json("vectors/ton-vectors.json").get("signed_messages")) {
            JsonNode repacked = vector.path("repacked_for_other_excess_address");
            if (repacked.isMissingNode()) {
                continue;
            }
            Bytes body = Bytes.fromHex(vector.at("/message_body/boc_hex").asText());
            Address to = Address.parse(repacked.get("send_excesses_to").asText());
            assertThat(SignedPayments.repack(body, to).toHex())
                    .isEqualTo(repacked.at("/message_body/boc_hex").asText());
            count++;
        }
        System.out.println("ton-vectors: " + count + " messages repacked");
        assertThat(count).isEqualTo(10);
    }

    @Test
    void should_not_repack_what_is_no_payment() {
        assertThatThrownBy(() -> SignedPayments.repack(Bytes.fromHex("b5ee9c72"), EXCESSES))
                .isInstanceOf(PaymentException.class);
    }

    @Test
    void should_refuse_a_signature_whose_second_half_is_above_the_order_of_the_group() throws Exception {
        Bytes payment = SignedPayments.sign(KEY, SignedPayments.Kind.CLIENT_CHARGE, CONTRACT, 5, 1, EXCESSES);
        assertThat(SignedPayments.check(payment, SignedPayments.Kind.CLIENT_CHARGE, CONTRACT, KEY.publicKey()))
                .isEqualTo(5);
        Bytes forged = withSecondHalfPlusOrder(payment);
        assertThatThrownBy(() ->
                        SignedPayments.check(forged, SignedPayments.Kind.CLIENT_CHARGE, CONTRACT, KEY.publicKey()))
                .isInstanceOf(PaymentException.class)
                .hasMessageContaining("signature");
    }

    /** The signature's second half stands 5 bits off the bytes of the bag, so the bits are moved as one number. */
    private static Bytes withSecondHalfPlusOrder(Bytes payment) {
        int headerBytes = 13; // of the bag and of its first cell
        byte[] bytes = payment.toByteArray();
        int fromBit = 8 * headerBytes + 32 + 64 + 267 + 256;
        byte[] little = new byte[32];
        for (int i = 0; i < 256; i++) {
            if (bit(bytes, fromBit + i)) {
                little[i / 8] |= (byte) (0x80 >>> i % 8);
            }
        }
        BigInteger changed = new BigInteger(1, reversed(little)).add(ORDER);
        byte[] big = changed.toByteArray();
        byte[] padded = new byte[32];
        System.arraycopy(
                big, Math.max(0, big.length - 32), padded, Math.max(0, 32 - big.length), Math.min(32, big.length));
        little = reversed(padded);
        for (int i = 0; i < 256; i++) {
            int at = fromBit + i;
            int mask = 0x80 >>> at % 8;
            boolean set = (little[i / 8] & 0x80 >>> i % 8) != 0;
            bytes[at / 8] = (byte) (set ? bytes[at / 8] | mask : bytes[at / 8] & ~mask);
        }
        return Bytes.wrapUnshared(Arrays.copyOf(bytes, bytes.length));
    }

    private static boolean bit(byte[] bytes, int index) {
        return (bytes[index / 8] & 0x80 >>> index % 8) != 0;
    }

    private static byte[] reversed(byte[] bytes) {
        byte[] result = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            result[i] = bytes[bytes.length - 1 - i];
        }
        return result;
    }
}
