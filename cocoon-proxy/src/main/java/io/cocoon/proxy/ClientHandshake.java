package io.cocoon.proxy;

import static io.cocoon.protocol.ErrorCodes.ERROR;
import static io.cocoon.protocol.ErrorCodes.NOT_READY;
import static io.cocoon.protocol.ErrorCodes.UNSPECIFIED;

import io.cocoon.protocol.ClientParams;
import io.cocoon.protocol.ClientToProxy;
import io.cocoon.protocol.ConnectionAuth;
import io.cocoon.protocol.ProxyToClient;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlException;
import io.cocoon.tl.TlReader;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.chain.ClientContractState;
import io.cocoon.ton.chain.CocoonChain;
import io.cocoon.ton.chain.ContractState;
import io.cocoon.transport.Connection;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * The checks of a client's handshake, in the reference's order. Wire dossier 5.2 and 5.3. Stateless but for nonces.
 *
 * <p>In the mode without a chain every client is known, with the secret hash of the empty string and nonce 0, and a long
 * authorisation is believed at once: so that programs of the reference can be used in tests.
 */
final class ClientHandshake {

    /** How long a client waits for a look at the chain; then what was known before has to do. */
    static final Duration LOOK = Duration.ofSeconds(5);

    private final ProxyCore core;

    ClientHandshake(ProxyCore core) {
        this.core = core;
    }

    /** Takes the first step as far as it goes without the client's contract. */
    ClientSession begin(Connection connection, Bytes query) throws Refusal {
        ClientToProxy.ConnectToProxy wish = parse(query);
        ClientParams params = wish.params();
        Network network = core.network();
        if ((params.flags() & 1) == 0) {
            throw new Refusal(ERROR, "too old client");
        }
        if (params.isTest() != network.isTest()) {
            throw new Refusal(ERROR, "test mode mismatch");
        }
        Address owner = address(params.clientOwnerAddress());
        if (owner.workchain() != 0 && owner.workchain() != -1) {
            throw new Refusal(ERROR, "cannot parse client owner address");
        }
        if (network.isOlderThan(wish.minConfigVersion())) {
            throw new Refusal(ERROR, "active config version is too low");
        }
        int version = Versions.negotiate(params.flags(), params.minProtoVersion(), params.maxProtoVersion());
        return new ClientSession(
                connection,
                version,
                owner,
                owner.toText(network.testnet()),
                network.clientContract(owner),
                core.limits().maxPendingBytes());
    }

    /**
     * Looks at the client's contract, so that a deposit or a secret of a moment ago counts. Fails if the chain does not answer;
     * then what was known before has to do.
     */
    CompletableFuture<Void> look(ClientSession session) {
        CocoonChain chain = core.settings().chain();
        return chain.isSimulated()
                ? CompletableFuture.completedFuture(null)
                : chain.refresh(session.contract()).toCompletableFuture();
    }

    /** Answers the first step. */
    ProxyToClient.ConnectedToProxy answer(ClientSession session, ClientHandler handler) throws Refusal {
        Network network = core.network();
        checkOpen(session);
        if (!core.isServing()) {
            throw new Refusal(NOT_READY, "proxy is not participating in this iteration");
        }
        if (!network.clientContract(session.owner()).equals(session.contract())) {
            throw new Refusal(NOT_READY, "the network's parameters changed; connect again");
        }
        return new ProxyToClient.ConnectedToProxy(
                network.introduction(session.version()),
                session.contract().toText(network.testnet()),
                auth(session, handler),
                core.payments().current(Ledger.Side.CLIENT, session.contract()));
    }

    private static ClientToProxy.ConnectToProxy parse(Bytes query) throws Refusal {
        try {
            if (TlReader.readWhole(query, ClientToProxy::readQuery) instanceof ClientToProxy.ConnectToProxy wish) {
                return wish;
            }
        } catch (TlException e) {
            throw new Refusal(UNSPECIFIED, String.valueOf(e.getMessage()));
        }
        throw new Refusal(UNSPECIFIED, "Wrong constructor found at 4");
    }

    static Address address(String text) throws Refusal {
        try {
            return Address.parse(text);
        } catch (IllegalArgumentException e) {
            throw new Refusal(UNSPECIFIED, "Failed to parse account address");
        }
    }

    /** Refuses a client whose contract is closing. */
    void checkOpen(ClientSession session) throws Refusal {
        if (state(session).state() != ContractState.NORMAL) {
            throw new Refusal(ERROR, "client is closing");
        }
    }

    private ConnectionAuth auth(ClientSession session, ClientHandler handler) {
        if (core.settings().chain().isSimulated()) {
            return new ConnectionAuth.Short(sha256(Bytes.empty()), 0);
        }
        long nonce = core.clients().newNonce(handler);
        Int256 secretHash = state(session).secretHash();
        return mayUseSecret(secretHash) ? new ConnectionAuth.Short(secretHash, nonce) : new ConnectionAuth.Long(nonce);
    }

    /** Returns whether a known secret is a secret at all: the empty one is on the chain for all to read (hazard H12). */
    private boolean mayUseSecret(Int256 secretHash) {
        return !secretHash.isZero()
                && (core.settings().allowEmptySecrets() || !secretHash.equals(sha256(Bytes.empty())));
    }

    /**
     * Takes the second step.
     *
     * @return whether the client is authorised; else the chain has to confirm it
     */
    boolean isEnough(ClientSession session, Bytes query) throws Refusal {
        ClientToProxy.Query parsed;
        try {
            parsed = TlReader.readWhole(query, ClientToProxy::readQuery);
        } catch (TlException e) {
            throw new Refusal(UNSPECIFIED, "expected auth message");
        }
        if (parsed instanceof ClientToProxy.AuthorizeWithProxyLong) {
            return core.settings().chain().isSimulated();
        }
        if (parsed instanceof ClientToProxy.AuthorizeWithProxyShort proof) {
            checkSecret(session, proof.data());
            return true;
        }
        throw new Refusal(UNSPECIFIED, "expected auth message");
    }

    private void checkSecret(ClientSession session, Bytes secret) throws Refusal {
        CocoonChain chain = core.settings().chain();
        Int256 wanted =
                chain.isSimulated() ? sha256(Bytes.empty()) : state(session).secretHash();
        if (!chain.isSimulated() && !wanted.isZero() && !mayUseSecret(wanted)) {
            throw new Refusal(ERROR, "the empty secret is refused, anyone could use it; set one of 32 random bytes");
        }
        if (wanted.isZero() || !MessageDigest.isEqual(sha256(secret).toByteArray(), wanted.toByteArray())) {
            throw new Refusal(UNSPECIFIED, "sha256 mismatch");
        }
    }

    private ClientContractState state(ClientSession session) {
        return core.settings().chain().client(session.contract());
    }

    static Int256 sha256(Bytes data) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(data.asByteBuffer());
            return Int256.of(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
