package io.cocoon.examples;

import io.cocoon.client.ChatChunk;
import io.cocoon.client.ChatReply;
import io.cocoon.client.ChatRequest;
import io.cocoon.client.ChatStream;
import io.cocoon.client.ClientBuilder;
import io.cocoon.client.CocoonClient;
import io.cocoon.client.CocoonException;
import io.cocoon.client.Network;
import io.cocoon.client.Wallet;
import io.cocoon.ton.chain.FakeTonChain;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

// Asks one question over a proxy that runs somewhere else, ours or the C++ one, in its mode without a chain.
//
//     examples/run ChatOverProxy --fake-ton fake-ton-config.json --proxy 127.0.0.1:11002 "Why is the sky blue?"
//
// All nodes need the same configuration file. With --stream a C++ worker has to stand behind the proxy that streams
// JSON
// lines; ours stream server-sent events.

/** See the comment above. */
@Command(
        name = "ChatOverProxy",
        mixinStandardHelpOptions = true,
        description = "Asks one question over a proxy in another process.")
final class ChatOverProxy implements Callable<Integer> {

    /** The node key of the client in the reference's local set-up: publicly known. */
    private static final String LOCAL_KEY = "gaEatwGNgLGOeFI/TRGfPdJG/K4G8picYHQkDHpLQ9w=";

    @Mixin
    private NetworkOptions network = new NetworkOptions();

    @Option(names = "--node-key", defaultValue = LOCAL_KEY, description = "Base64 of the client's 32-byte node key.")
    private String nodeKey = LOCAL_KEY;

    @Option(
            names = "--owner",
            defaultValue = NetworkOptions.LOCAL_OWNER,
            description = "The owner of the node's wallet.")
    private String owner = NetworkOptions.LOCAL_OWNER;

    @Option(names = "--secret", description = "The client's secret; the mode without a chain knows the empty one only.")
    private String secret = "";

    @Option(names = "--model", defaultValue = "Qwen/Qwen3-8B", description = "Base name (${DEFAULT-VALUE}).")
    private String model = "";

    @Option(names = "--stream", description = "Print the answer as it arrives.")
    private boolean stream;

    @Parameters(arity = "0..1", defaultValue = "Why is the sky blue?", description = "What to ask.")
    private String question = "";

    public static void main(String[] args) {
        System.exit(NetworkOptions.run(new ChatOverProxy(), args));
    }

    @Override
    public Integer call() {
        try (FakeTonChain chain = network.chain()) {
            ClientBuilder builder = CocoonClient.builder()
                    .network(Network.of(chain))
                    .wallet(Wallet.ofNodeKey(nodeKey, owner))
                    .attestation(network.policy())
                    .identity(network.identity(new java.security.SecureRandom()));
            network.throughRouter().ifPresent(router -> builder.router(router.host(), router.port()));
            if (secret.isEmpty()) {
                builder.emptySecretSoThatAnyoneCanSpend();
            } else {
                builder.secret(secret);
            }
            try (CocoonClient cocoon = builder.build()) {
                ask(cocoon.chat(model).user(question).maxTokens(400));
            }
            return 0;
        } catch (CocoonException e) {
            System.err.println(e.getClass().getSimpleName() + ": " + e.getMessage());
            return 1;
        }
    }

    private void ask(ChatRequest chat) {
        if (!stream) {
            ChatReply reply = chat.send();
            System.out.println(reply.text());
            System.out.println("\n--- bill\n" + reply.bill() + "\n\n--- attestation\n" + reply.attestation());
            return;
        }
        try (ChatStream chunks = chat.stream()) {
            for (ChatChunk chunk : chunks) {
                System.out.print(chunk.text());
                System.out.flush();
            }
            System.out.println("\n\n--- bill\n" + chunks.bill() + "\n\n--- attestation\n" + chunks.attestation());
        }
    }
}
