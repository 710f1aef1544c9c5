package io.cocoon.tee.nvidia;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.cocoon.tl.Bytes;
import java.time.Instant;

class NvidiaFuzz {

    private static final Instant NOW = Instant.parse("2026-11-20T12:00:00Z");
    private static final GpuNonce NONCE = GpuNonce.unbound(Bytes.wrapUnshared(new byte[32]));

    private interface Parser {
        void parse(Bytes input) throws GpuEvidenceException, Refusal;
    }

    private static void run(byte[] data, Parser parser) {
        String code;
        try {
            parser.parse(Bytes.copyOf(data));
            return;
        } catch (GpuEvidenceException e) {
            code = e.code();
        } catch (Refusal e) {
            code = e.code();
        }
        if (code.isEmpty()) {
            throw new AssertionError("a refusal without a code");
        }
    }

    @FuzzTest
    void report(byte[] data) {
        run(data, GpuReport::parse);
    }

    @FuzzTest
    void opaque(byte[] data) {
        run(data, GpuReport::readOpaque);
    }

    @FuzzTest
    void rim(byte[] data) {
        run(data, GpuRim::open);
    }

    @FuzzTest
    void ocsp(byte[] data) {
        run(data, Ocsp::parse);
    }

    @FuzzTest
    void evidence(byte[] data) {
        run(data, GpuEvidence::readAll);
    }

    @FuzzTest
    void keys(byte[] data) {
        run(data, input -> NrasKeys.read(input, NrasTrust.nvidia()));
    }

    @FuzzTest
    void token(byte[] data) {
        NrasKeys keys = Holder.KEYS;
        run(data, input -> Jws.verify(input.toUtf8(), keys, NOW));
        if (NrasTokens.verify(Bytes.copyOf(data), keys, NONCE, NOW).result().isPresent()) {
            throw new AssertionError("a forged reply was accepted");
        }
    }

    /** Made when first needed: keys cost time. */
    private static final class Holder {
        static final NrasKeys KEYS = NrasWorld.keys(NrasWorld.jwk("key-1", NrasWorld.KEY));
    }
}
