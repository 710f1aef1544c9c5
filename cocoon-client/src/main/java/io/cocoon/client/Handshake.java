package io.cocoon.client;

import io.cocoon.protocol.ClientParams;
import io.cocoon.protocol.ClientToProxy;
import io.cocoon.protocol.ConnectionAuth;
import io.cocoon.protocol.ProxyParams;
import io.cocoon.protocol.ProxyToClient;
import io.cocoon.protocol.SignedPayment;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlException;
import io.cocoon.tl.TlReader;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.chain.RootState;
import io.cocoon.ton.channel.ClientChannels;
import io.cocoon.ton.contract.ContractAddresses;
import io.cocoon.transport.Connection;
import io.cocoon.transport.PeerIdentity;
import io.cocoon.transport.PeerReport;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Makes one connection ready: who is there, which version, which contracts, and who we are. Wire dossier 5.1 to 5.3.
 *
 * <p>Confined to the connection's event loop.
 */
final class Handshake {

    /** As the reference. */
    private static final Duration INTRODUCTION = Duration.ofSeconds(30);

    /** As the reference: a long authorisation waits for a block of the chain. */
    private static final Duration AUTHORISATION = Duration.ofSeconds(300);

    /** What a successful handshake leaves. */
    record Result(int version, ProxyAccount account) {}

    private final ClientContext context;
    private final Connection connection;
    private final String proxy;

    Handshake(ClientContext context, Connection connection, String proxy) {
        this.context = context;
        this.connection = connection;
        this.proxy = proxy;
    }

    /** Runs it; fails with what {@link Failures#ofHandshake} understands. */
    CompletableFuture<Result> run() {
        RootState root = context.root();
        try {
            checkIdentity(root);
        } catch (CocoonException e) {
            return CompletableFuture.failedFuture(e);
        }
        return connection
                .ask(new ClientToProxy.ConnectToProxy(params(root), root.version()), INTRODUCTION)
                .thenCompose(answer -> introduced(root, answer));
    }

    private ClientParams params(RootState root) {
        ClientSettings settings = context.settings();
        boolean negotiates = settings.maxVersion() > 0;
        return new ClientParams(
                negotiates ? 3 : 1,
                settings.wallet().address().toText(context.chain().isTestnet()),
                root.params().isTest(),
                negotiates ? settings.minVersion() : 0,
                negotiates ? settings.maxVersion() : 0);
    }

    /** Outside test networks a proxy must run an image of the root contract's list (step 0; N14: no list, no peer). */
    private void checkIdentity(RootState root) {
        PeerIdentity peer = connection.peer();
        if (root.params().isTest()) {
            return;
        }
        if (!peer.isAttested()) {
            throw new CocoonException.Attestation(
                    "proxy " + proxy + " showed no hardware evidence (" + peer.kind() + "), and this is a real network",
                    "use another proxy",
                    report(peer));
        }
        if (!root.proxyHashes().contains(peer.imageHash())) {
            throw new CocoonException.Attestation(
                    "proxy " + proxy + " runs image " + peer.imageHash().toHex() + ", which is not among the "
                            + root.proxyHashes().size() + " images of root contract version " + root.version(),
                    "use another proxy, or wait until the root contract lists the image",
                    report(peer));
        }
    }

    private static Optional<PeerReport> report(PeerIdentity peer) {
        return peer.report().map(PeerReport.class::cast);
    }

    private CompletableFuture<Result> introduced(RootState root, Bytes answer) {
        ProxyToClient.ConnectedToProxy hello;
        try {
            hello = TlReader.readWhole(answer, ProxyToClient::readConnectedToProxy);
        } catch (TlException e) {
            return CompletableFuture.failedFuture(e);
        }
        ProxyParams params = hello.params();
        Result result;
        try {
            int version = version(root, params);
            ProxyAccount account = account(root, hello);
            result = new Result(version, account);
        } catch (CocoonException e) {
            return CompletableFuture.failedFuture(e);
        }
        return authorise(root, hello.auth(), result.account())
                .thenCompose(success -> authorised(result, hello.signedPayment(), success));
    }

    /** Hazard H27: the reference takes any number, and does not look whether a version was stated. */
    private int version(RootState root, ProxyParams params) {
        if ((params.flags() & 1) == 0) {
            throw new CocoonException.Protocol(
                    "proxy " + proxy + " does not say whether it is on a test network", "use another proxy");
        }
        if (params.isTest() != root.params().isTest()) {
            throw new CocoonException.Configuration(
                    "proxy " + proxy + " is on a " + (params.isTest() ? "test" : "real")
                            + " network, this client is not",
                    "check that both use the same root contract");
        }
        int version = (params.flags() & 2) != 0 ? params.protoVersion() : 0;
        ClientSettings settings = context.settings();
        if (version < settings.minVersion() || version > settings.maxVersion()) {
            throw new CocoonException.Protocol(
                    "proxy " + proxy + " chose protocol version " + version + ", offered were " + settings.minVersion()
                            + " to " + settings.maxVersion(),
                    "use another proxy");
        }
        return version;
    }

    private ProxyAccount account(RootState root, ProxyToClient.ConnectedToProxy hello) {
        ProxyParams params = hello.params();
        Address owner = parse("owner", params.proxyOwnerAddress());
        Address proxyContract = parse("contract", params.proxyScAddress());
        Address clientContract = parse("client contract", hello.clientScAddress());
        Address wanted = ContractAddresses.proxy(root, owner, params.proxyPublicKey());
        requireEqual("proxy contract", proxyContract, wanted);
        requireEqual(
                "client contract",
                clientContract,
                ContractAddresses.client(
                        root, context.settings().wallet().address(), proxyContract, params.proxyPublicKey()));
        return context.account(proxy, proxyContract, clientContract, params.proxyPublicKey());
    }

    private Address parse(String what, String text) {
        try {
            return Address.parse(text);
        } catch (IllegalArgumentException e) {
            throw new CocoonException.Protocol(
                    "proxy " + proxy + " names its " + what + " with no valid address", "use another proxy", e);
        }
    }

    private void requireEqual(String what, Address seen, Address wanted) {
        if (!seen.equals(wanted)) {
            throw new CocoonException.Protocol(
                    "proxy " + proxy + " names the " + what + " " + seen + ", computed from the root contract is "
                            + wanted,
                    "check that both use the same root contract; else use another proxy");
        }
    }

    /** The secret goes only to a proxy that already knows its hash (5.2, step 3). */
    private CompletableFuture<Bytes> authorise(RootState root, ConnectionAuth auth, ProxyAccount account) {
        @Nullable ClientChannels channels = context.channels();
        @Nullable Bytes secret = context.secret();
        if (secret != null
                && auth instanceof ConnectionAuth.Short known
                && known.secretHash().equals(sha256(secret))) {
            if (channels != null) {
                new ChannelEntry(channels, context.executor(), proxy).follow(root, account);
            }
            return connection.ask(new ClientToProxy.AuthorizeWithProxyShort(secret), INTRODUCTION);
        }
        if (context.chain().isSimulated()) {
            return connection.ask(new ClientToProxy.AuthorizeWithProxyLong(), AUTHORISATION);
        }
        if (channels == null) {
            return CompletableFuture.failedFuture(new CocoonException.Authorisation(
                    "proxy " + proxy + " does not know this client's secret yet, so the contract "
                            + account.clientContract() + " needs a register message on the chain",
                    "let the client open its channels: channels(…) of the builder; or use the secret whose hash the"
                            + " contract holds",
                    CocoonException.NO_CODE));
        }
        long nonce = auth instanceof ConnectionAuth.Short s ? s.nonce() : ((ConnectionAuth.Long) auth).nonce();
        return new ChannelEntry(channels, context.executor(), proxy)
                .register(root, account, nonce, AUTHORISATION)
                .thenCompose(done -> connection.ask(new ClientToProxy.AuthorizeWithProxyLong(), AUTHORISATION));
    }

    private CompletableFuture<Result> authorised(Result result, SignedPayment earlier, Bytes answer) {
        ProxyToClient.Answer authorisation;
        try {
            authorisation = TlReader.readWhole(answer, ProxyToClient::readAuthorizationWithProxy);
        } catch (TlException e) {
            return CompletableFuture.failedFuture(e);
        }
        if (authorisation instanceof ProxyToClient.AuthorizationWithProxyFailed failed) {
            return CompletableFuture.failedFuture(new CocoonException.Authorisation(
                    "proxy " + proxy + " refused the authorisation with error " + failed.errorCode() + ": "
                            + Failures.shorten(failed.error()),
                    "check the secret and the state of the client contract",
                    failed.errorCode()));
        }
        ProxyToClient.AuthorizationWithProxySuccess success =
                (ProxyToClient.AuthorizationWithProxySuccess) authorisation;
        Optional<Dispute> dispute = result.account().totals(success.maxTokens(), success.tokensCommittedToDb(), answer);
        if (dispute.isPresent()) {
            context.report(dispute.get());
            return CompletableFuture.failedFuture(new CocoonException.Protocol(
                    "proxy " + proxy + " stated wrong totals: " + dispute.get().claim(),
                    "use another proxy; the evidence is in disputes()"));
        }
        // Not before the totals: a client that comes back is shown a payment of what it used the last time.
        result.account().payment(earlier);
        result.account().payment(success.signedPayment());
        return CompletableFuture.completedFuture(result);
    }

    static Int256 sha256(Bytes bytes) {
        try {
            return Int256.of(MessageDigest.getInstance("SHA-256").digest(bytes.toByteArray()));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }
}
