package io.cocoon.tee.tdx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cocoon.tee.Verification;
import io.cocoon.tl.Bytes;
import java.nio.charset.StandardCharsets;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class TdxProperties {

    private static final TdxForge FORGE = new TdxForge();
    private static final byte[] QUOTE = FORGE.quoteBytes();
    private static final TdxTrust TRUST = FORGE.trust();
    private static final VerifiedCollateral COLLATERAL = VerifiedCollateral.verify(
                    FORGE.collateral(), TRUST, TdxForge.TIME)
            .result()
            .orElseThrow();
    /** White space and armour of the PEM text are not signed, so that changes there may be harmless. */
    private static final int CHAIN_AT = 632 + 4 + 582 + 2 + 32 + 6;

    @Property
    void a_changed_byte_in_front_of_the_chain_is_never_verified(
            @ForAll @IntRange(max = 100_000) int where, @ForAll @IntRange(min = 1, max = 255) int change) {
        byte[] changed = QUOTE.clone();
        changed[where % CHAIN_AT] ^= (byte) change;

        Verification<TdxAppraisal> found = TdxVerifier.verify(Bytes.wrapUnshared(changed), COLLATERAL, TdxForge.TIME);

        assertThat(found.result()).isEmpty();
        assertThat(found.firstFailure().orElseThrow().code()).isNotEmpty();
    }

    @Property
    void a_changed_byte_in_the_chain_never_ends_in_another_exception(
            @ForAll @IntRange(max = 100_000) int where, @ForAll @IntRange(min = 1, max = 255) int change) {
        byte[] changed = QUOTE.clone();
        changed[CHAIN_AT + where % (QUOTE.length - CHAIN_AT)] ^= (byte) change;

        Verification<TdxAppraisal> found = TdxVerifier.verify(Bytes.wrapUnshared(changed), COLLATERAL, TdxForge.TIME);

        // Only unsigned text between the certificates can have changed without harm: the platform is the same.
        found.result().ifPresent(result -> assertThat(result.fmspc()).isEqualTo(COLLATERAL.fmspc()));
    }

    @Property
    void a_changed_byte_of_a_document_is_never_verified(
            @ForAll @IntRange(max = 100_000) int where, @ForAll @IntRange(min = 1, max = 127) int change) {
        TdxForge forge = TdxForge.with(f -> f.tcbInfoAfter = text -> {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            bytes[where % bytes.length] ^= (byte) change;
            return new String(bytes, StandardCharsets.UTF_8);
        });

        assertThat(VerifiedCollateral.verify(forge.collateral(), TRUST, TdxForge.TIME)
                        .result())
                .isEmpty();
    }

    @Property
    void a_document_with_a_changed_byte_is_read_or_refused(
            @ForAll @IntRange(max = 100_000) int where, @ForAll @IntRange(min = 1, max = 255) int change) {
        for (String text : new String[] {FORGE.tcbInfoText(), FORGE.qeIdentityText()}) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            bytes[where % bytes.length] ^= (byte) change;
            try {
                TcbInfo.parse(Bytes.wrapUnshared(bytes));
            } catch (TdxRefusal e) {
                assertThat(e.error()).isEqualTo(TdxError.TCB_INFO_MALFORMED);
            }
            try {
                QeIdentity.parse(Bytes.wrapUnshared(bytes));
            } catch (TdxRefusal e) {
                assertThat(e.error()).isEqualTo(TdxError.QE_IDENTITY_MALFORMED);
            }
        }
    }

    @Property
    void a_quote_longer_than_the_limit_is_refused(@ForAll @IntRange(min = 1, max = 100_000) int more) {
        assertThatThrownBy(() -> TdxQuote.parse(Bytes.wrapUnshared(new byte[TdxQuote.MAX_BYTES + more])))
                .isInstanceOf(TdxQuoteException.class);
    }
}
