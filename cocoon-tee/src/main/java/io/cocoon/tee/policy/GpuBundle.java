package io.cocoon.tee.policy;

import io.cocoon.tee.AttestationReport;
import io.cocoon.tee.nvidia.GpuCollateral;
import io.cocoon.tee.nvidia.GpuEvidence;
import io.cocoon.tee.nvidia.GpuNonce;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.transport.PeerIdentity;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * GPU evidence with everything that a verdict about it rests on. Part of an {@link EvidenceBundle}, which says what machine it
 * belongs to, or alone. Verifies without a network. Immutable. TEE dossier 10.2; its 2026 part, 10.
 *
 * <p>Nothing here is trusted, and it is not signed: whoever reads one decides what nonce he had asked with, and compares.
 *
 * @param time when it was collected; inside of an evidence bundle that one's time counts
 * @param asked what the verifier asked the GPUs with
 * @param shown what they answered
 */
public record GpuBundle(Instant time, Asked asked, Shown shown) {

    /** What the GPUs were asked with. */
    public sealed interface Asked {

        /**
         * A challenge of the verifier, of which the nonce is made together with the key of the certificate in the evidence
         * bundle: the only kind that binds GPUs to a peer. See {@link GpuNonce#bound}.
         *
         * @param challenge 16 to 64 bytes
         */
        record Challenge(Bytes challenge) implements Asked {
            /**
             * @throws IllegalArgumentException if the length is another
             */
            public Challenge {
                GpuNonce.bound(Int256.ZERO, challenge);
            }
        }

        /**
         * A nonce that names no peer.
         *
         * @param nonce 32 bytes
         */
        record Nonce(Bytes nonce) implements Asked {
            /**
             * @throws IllegalArgumentException if the length is another
             */
            public Nonce {
                GpuNonce.unbound(nonce);
            }
        }
    }

    /** What was shown. */
    public sealed interface Shown {

        /**
         * Reports of GPUs.
         *
         * @param devices 1 to {@link GpuEvidence#MAX_DEVICES}
         */
        record Reports(List<Device> devices) implements Shown {
            /**
             * @throws IllegalArgumentException if there are none, or too many
             */
            public Reports {
                devices = List.copyOf(devices);
                if (devices.isEmpty() || devices.size() > GpuEvidence.MAX_DEVICES) {
                    throw new IllegalArgumentException(
                            "1 to " + GpuEvidence.MAX_DEVICES + " GPUs, got " + devices.size());
                }
            }
        }

        /**
         * Tokens of NVIDIA's attestation service.
         *
         * @param reply the body of its answer, JSON: overall token and device tokens
         * @param keys its key set when it answered, JSON
         */
        record Tokens(Bytes reply, Bytes keys) implements Shown {}
    }

    /**
     * One GPU.
     *
     * @param evidence its report and chain
     * @param collateral what NVIDIA published about it; empty if it could not be had, and then no verification accepts it
     */
    public record Device(GpuEvidence evidence, Optional<GpuCollateral> collateral) {}

    /**
     * Judges the GPUs alone, at {@link #time}: see the longer method.
     *
     * @throws IllegalArgumentException if the rules do not require GPUs
     */
    public AttestationReport verify(GpuRules rules, TrustAnchors anchors) {
        return verify(rules, anchors, time);
    }

    /**
     * Judges the GPUs alone, without any machine: that genuine GPUs answered. An accepted report says {@code UNATTESTED}, because
     * nothing was shown about the machine that they are in. Never throws for what the bundle holds.
     *
     * @throws IllegalArgumentException if the rules do not require GPUs, and so judge nothing
     */
    public AttestationReport verify(GpuRules rules, TrustAnchors anchors, Instant at) {
        if (!rules.required()) {
            throw new IllegalArgumentException("rules that do not require GPUs judge none; start from GpuRules.STRICT");
        }
        Checks checks = new Checks();
        checks.add(anchors.check());
        GpuChecks.make(checks, rules, Optional.of(this), GpuChecks.Machine.NONE, anchors, at);
        return new AttestationReport(
                "gpu-rules" + anchors.suffix(),
                at,
                checks.failed() ? Optional.empty() : Optional.of(PeerIdentity.Kind.UNATTESTED),
                Int256.ZERO,
                Int256.ZERO,
                checks.all());
    }

    /** Returns the nonce, or empty if it would be made of a key that nobody showed. */
    Optional<GpuNonce> nonce(Optional<Int256> key) {
        return asked instanceof Asked.Challenge challenge
                ? key.map(shownKey -> GpuNonce.bound(shownKey, challenge.challenge()))
                : Optional.of(GpuNonce.unbound(((Asked.Nonce) asked).nonce()));
    }

    /** Returns what it shows. */
    GpuProof proof() {
        return shown instanceof Shown.Reports ? GpuProof.REPORTS : GpuProof.NRAS_TOKENS;
    }

    /**
     * Reads GPU evidence that stands alone in a file.
     *
     * @throws PolicyException with the place in the document, what was seen and what was wanted
     */
    public static GpuBundle parse(Bytes json) throws PolicyException {
        return GpuJson.readFile(json);
    }

    /** Returns whether a JSON document says that it is one of these. Reads nothing else. */
    public static boolean isFile(Bytes json) {
        return GpuJson.isFile(json);
    }

    /** Returns it as one JSON document; {@link #parse} gives an equal one. */
    public Bytes toJson() {
        return GpuJson.writeFile(this);
    }
}
