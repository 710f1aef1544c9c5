package io.cocoon.tee.nvidia;

import io.cocoon.tl.Bytes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** GPU evidence below roots of our own, for tests of other packages. */
public final class ForgedGpu {

    private static final List<GpuWorld.Cert> CHAIN = GpuWorld.chain(GpuWorld.hopperFwid(GpuWorld.FWID));
    private static final List<GpuWorld.Cert> RIMS = GpuWorld.rimChain();

    private ForgedGpu() {}

    public static GpuTrust trust() {
        return GpuWorld.trust();
    }

    public static GpuEvidence evidence(GpuNonce nonce) {
        GpuWorld.Report report = new GpuWorld.Report();
        report.nonce = nonce.value().toByteArray();
        return GpuWorld.evidence("HOPPER", report, CHAIN);
    }

    public static GpuCollateral collateral(Instant at) {
        List<OcspAnswer> answers = new ArrayList<>();
        for (int i = 1; i < CHAIN.size() - 1; i++) {
            answers.add(answer(CHAIN, i, at));
        }
        answers.add(answer(RIMS, 0, at));
        return new GpuCollateral(
                GpuWorld.signXml(GpuWorld.tag(GpuWorld.DRIVER_VERSION, "GH100", 7, 21), RIMS),
                GpuWorld.signXml(GpuWorld.tag(GpuWorld.VBIOS_VERSION, "GH100", 0, 1), RIMS),
                answers);
    }

    private static OcspAnswer answer(List<GpuWorld.Cert> chain, int i, Instant at) {
        GpuWorld.Answer answer = new GpuWorld.Answer(chain.get(i), chain.get(i + 1));
        answer.thisUpdate = at.minusSeconds(3600);
        answer.producedAt = at.minusSeconds(60);
        answer.nextUpdate = at.plusSeconds(86_400);
        return answer.make();
    }

    /** A service's reply about so many GPUs for {@link #tokenNonce}, at {@link #tokenTime}. */
    public static Bytes tokens(int count) {
        return new NrasWorld(count).reply();
    }

    public static Bytes tokenKeys() {
        return Bytes.utf8("{\"keys\":[" + NrasWorld.jwk("key-1", NrasWorld.KEY) + "]}");
    }

    public static Bytes tokenNonce() {
        return GpuWorld.NONCE;
    }

    public static Instant tokenTime() {
        return GpuWorld.NOW;
    }
}
