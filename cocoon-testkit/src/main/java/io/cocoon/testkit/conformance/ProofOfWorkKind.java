package io.cocoon.testkit.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.TlReader;
import io.cocoon.tl.TlWriter;
import io.cocoon.transport.ProofOfWork;
import java.io.IOException;
import java.nio.file.Path;
import java.security.MessageDigest;

/** Recorded proofs of work: layout of both messages, and the digest rule. Wire dossier 4.2. */
final class ProofOfWorkKind implements ConformanceKind {

    @Override
    public boolean accepts(String path) {
        return path.endsWith("pow/pow-vectors.jsonl");
    }

    @Override
    public void check(Path root, String path, ConformanceReport report) throws IOException {
        int number = 0;
        for (JsonNode line : JsonLines.read(root.resolve(path))) {
            report.run(path, "line " + ++number, () -> check(line));
        }
    }

    private static void check(JsonNode line) throws Exception {
        int difficulty = line.get("difficulty_bits").intValue();
        Bytes salt = JsonLines.hex(line, "salt_hex");
        long nonce = line.get("nonce").asLong();
        ProofOfWork.Challenge challenge = new ProofOfWork.Challenge(difficulty, salt);
        Bytes wire = JsonLines.hex(line, "challenge_hex");
        JsonLines.requireEqual(wire, Bytes.wrapUnshared(challenge.toByteArray()), "challenge written");
        JsonLines.requireEqual(challenge, ProofOfWork.Challenge.parse(wire), "challenge read");
        Bytes response = JsonLines.hex(line, "response_hex");
        JsonLines.requireEqual(response, Bytes.wrapUnshared(ProofOfWork.response(nonce)), "response written");
        JsonLines.requireEqual(nonce, ProofOfWork.parseResponse(response), "response read");
        JsonLines.requireEqual(true, ProofOfWork.verify(challenge, nonce), "whether the accepted response is valid");
        MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
        sha256.update(salt.asByteBuffer());
        Bytes digest = Bytes.wrapUnshared(
                sha256.digest(new TlWriter().writeLong(nonce).seal().toByteArray()));
        JsonLines.requireEqual(JsonLines.hex(line, "sha256_hex"), digest, "digest");
        int zeros = Long.numberOfLeadingZeros(new TlReader(digest).readLong());
        JsonLines.requireEqual(line.get("leading_zero_bits").intValue(), zeros, "leading zero bits");
    }
}
