package io.cocoon.worker;

import io.cocoon.payment.PaymentException;
import io.cocoon.payment.PaymentTotals;
import io.cocoon.protocol.ProxyParams;
import io.cocoon.protocol.ProxyToWorker;
import io.cocoon.protocol.WorkerParams;
import io.cocoon.protocol.WorkerToProxy;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.TlException;
import io.cocoon.tl.TlReader;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.chain.RootState;
import io.cocoon.transport.Connection;
import io.cocoon.transport.PeerIdentity;
import io.cocoon.transport.RemoteErrorException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A worker's side of the handshake (wire dossier 5.4). Confined to the connection's event loop; ends in exactly one call of
 * {@code ready} or {@code refused}.
 */
final class ProxyHandshake {

    private static final Logger LOG = LoggerFactory.getLogger(ProxyHandshake.class);
    private static final int HAS_TEST_MODE = 1;
    private static final int HAS_VERSION = 2;
    private static final int HAS_MACHINE = 4;
    private static final int BALANCES_AGREE = 0;

    private final WorkerCore core;
    private final ModelName model;
    private final Connection connection;
    private final Consumer<Result> ready;
    private final Consumer<String> refused;
    private final RootState root;

    private int sentCoefficient;
    private boolean sentDisabled;

    /** What was agreed. {@code sentDisabled} and {@code sentCoefficient} are what the proxy was told (hazard H20). */
    record Result(int protocol, ProxyAccount account, RootState root, boolean sentDisabled, int sentCoefficient) {}

    /** One step's answer is processed. */
    private interface Step<T> {
        void take(T answer) throws PaymentException, RefusedException;
    }

    /** The proxy is not one to work with. */
    private static final class RefusedException extends Exception {
        private static final long serialVersionUID = 1L;

        RefusedException(String message) {
            super(message);
        }
    }

    /** @param model what is announced */
    ProxyHandshake(
            WorkerCore core, ModelName model, Connection connection, Consumer<Result> ready, Consumer<String> refused) {
        this.core = core;
        this.model = model;
        this.connection = connection;
        this.ready = ready;
        this.refused = refused;
        this.root = core.root();
    }

    void start() {
        try {
            checkImage(connection.peer());
        } catch (RefusedException e) {
            refused.accept(e.getMessage());
            return;
        }
        WorkerCore.Settings settings = core.settings();
        sentCoefficient = core.coefficient();
        boolean tellsMachine = settings.minProtocol() >= MachineDescription.FROM_MIN_PROTOCOL
                && !settings.machineDescription().isEmpty();
        WorkerParams params = new WorkerParams(
                HAS_TEST_MODE | (settings.maxProtocol() == 0 ? 0 : HAS_VERSION) | (tellsMachine ? HAS_MACHINE : 0),
                settings.owner().toText(settings.chain().isTestnet()),
                model.full(),
                sentCoefficient,
                root.params().isTest(),
                settings.connections(),
                settings.maxActiveRequests(),
                settings.minProtocol(),
                settings.maxProtocol(),
                tellsMachine ? settings.machineDescription() : "");
        ask(new WorkerToProxy.ConnectToProxy(params), ProxyToWorker::readConnectedToProxy, this::connected);
    }

    private void checkImage(PeerIdentity peer) throws RefusedException {
        if (!core.settings().checkHashes()) {
            return;
        }
        boolean measured = peer.isAttested()
                || (peer.kind() == PeerIdentity.Kind.SIMULATED && root.params().isTest());
        if (!measured) {
            throw new RefusedException("the proxy showed no evidence that counts here: " + peer.kind()
                    + "; attested proxies are required");
        }
        if (!root.proxyHashes().contains(peer.imageHash())) {
            throw new RefusedException("the proxy's image " + peer.imageHash().toHex() + " is not among the "
                    + root.proxyHashes().size() + " that the root contract allows");
        }
    }

    private void connected(ProxyToWorker.ConnectedToProxy answer) throws RefusedException {
        ProxyParams params = answer.params();
        if ((params.flags() & HAS_TEST_MODE) == 0) {
            throw new RefusedException("the proxy is too old: it does not say whether it is in test mode");
        }
        if (params.isTest() != root.params().isTest()) {
            throw new RefusedException("test mode mismatch: the proxy says " + params.isTest()
                    + ", the root contract says " + root.params().isTest());
        }
        int protocol = params.protoVersion();
        // The reference takes any number (hazard H27). Version 0 is the reading of a missing flag.
        boolean offered = protocol >= core.settings().minProtocol()
                && protocol <= core.settings().maxProtocol();
        if (protocol != 0 && !offered) {
            throw new RefusedException("the proxy chose protocol version " + protocol + ", offered were "
                    + core.settings().minProtocol() + " to " + core.settings().maxProtocol());
        }
        Address proxyOwner = address(params.proxyOwnerAddress(), "the proxy's owner");
        Address proxyContract = address(params.proxyScAddress(), "the proxy's contract");
        Address workerContract = address(answer.workerScAddress(), "this worker's contract");
        ChainRules rules = core.settings().rules();
        requireSame(
                "the proxy's contract", rules.proxyContract(root, proxyOwner, params.proxyPublicKey()), proxyContract);
        requireSame(
                "this worker's contract at the proxy",
                rules.workerContract(root, core.settings().owner(), proxyContract, params.proxyPublicKey()),
                workerContract);
        RootState.Params parameters = root.params();
        ProxyTerms terms = new ProxyTerms(
                workerContract,
                proxyContract,
                params.proxyPublicKey(),
                parameters.version(),
                parameters.prices().perToken(),
                parameters.prices().workerFeePerToken(),
                parameters.clientDelayBeforeClose(),
                rules.workerInit(root, core.settings().owner(), proxyContract, params.proxyPublicKey()));
        ProxyAccount account = core.accounts()
                .at(terms)
                .orElseThrow(() -> new RefusedException("this worker has earnings at "
                        + core.accounts().size() + " proxies already, the most is " + ProxyAccounts.MOST));
        // What the proxy is held to has to be there after a crash too (hazard H63).
        core.accounts()
                .written()
                .whenComplete((done, failure) -> connection.eventLoop().execute(() -> {
                    if (failure != null) {
                        refused.accept(String.valueOf(failure.getMessage()));
                    } else {
                        compare(protocol, account);
                    }
                }));
    }

    private void compare(int protocol, ProxyAccount account) {
        PaymentTotals known = account.totals();
        ask(
                new WorkerToProxy.CompareBalanceWithProxy(known.signed(), known.db(), known.max()),
                ProxyToWorker::readCompareBalanceWithProxyResult,
                result -> compared(protocol, account, result));
    }

    private void compared(int protocol, ProxyAccount account, ProxyToWorker.CompareBalanceWithProxyResult result)
            throws PaymentException, RefusedException {
        boolean enough = account.compare(result.signedPayment(), result.tokensCommittedToDb(), result.maxTokens());
        if (result.errorCode() == BALANCES_AGREE) {
            if (!enough) {
                // The reference ends here (hazards H9 and N18).
                throw new RefusedException("the proxy says that balances agree, but its total of " + result.maxTokens()
                        + " tokens is below the known " + account.totals().max());
            }
            complete(protocol, account);
            return;
        }
        ask(
                new WorkerToProxy.ExtendedCompareBalanceWithProxy(
                        account.totals().db(), Bytes.empty()),
                ProxyToWorker::readExtendedCompareBalanceWithProxyResult,
                extended -> {
                    if (extended.errorCode() != BALANCES_AGREE) {
                        throw new RefusedException(
                                "the extended comparison of balances ended with " + extended.errorCode());
                    }
                    long lost = account.writeOff(result.maxTokens());
                    if (lost > 0) {
                        LOG.warn(
                                "the proxy at {} forgot {} tokens that it had neither signed nor stored; given up, "
                                        + "otherwise it could never be used again",
                                connection.remoteAddress(),
                                lost);
                    }
                    complete(protocol, account);
                });
    }

    private void complete(int protocol, ProxyAccount account) {
        core.accounts().keep(account);
        sentDisabled = core.isDisabled();
        ask(
                new WorkerToProxy.ProxyHandshakeComplete(sentDisabled),
                ProxyToWorker::readHandshakeCompleted,
                done -> ready.accept(new Result(protocol, account, root, sentDisabled, sentCoefficient)));
    }

    private static Address address(String text, String whose) throws RefusedException {
        try {
            return Address.parse(text);
        } catch (IllegalArgumentException e) {
            throw new RefusedException("the address of " + whose + " does not parse: " + e.getMessage());
        }
    }

    private static void requireSame(String what, Address wanted, Address seen) throws RefusedException {
        if (!wanted.equals(seen)) {
            throw new RefusedException("the address of " + what + " should be " + wanted + ", the proxy says " + seen
                    + "; it may have another root contract state");
        }
    }

    private <T> void ask(WorkerToProxy.Query query, TlReader.Element<T> reader, Step<T> next) {
        connection.ask(query, core.limits().handshakeStep()).whenComplete((answer, failure) -> {
            if (failure != null) {
                refused.accept(describe(query, failure));
                return;
            }
            try {
                next.take(TlReader.readWhole(answer, reader));
            } catch (TlException e) {
                refused.accept(
                        "the answer to " + query.getClass().getSimpleName() + " does not parse: " + e.getMessage());
            } catch (PaymentException e) {
                refused.accept(SessionPayments.withEvidence(core, connection, e));
            } catch (RefusedException e) {
                refused.accept(String.valueOf(e.getMessage()));
            } catch (RuntimeException e) {
                LOG.warn("a defect in the handshake with a proxy", e);
                refused.accept("a defect on this side: " + e);
            }
        });
    }

    private static String describe(WorkerToProxy.Query query, Throwable failure) {
        String step = query.getClass().getSimpleName();
        if (failure instanceof RemoteErrorException remote) {
            return "the proxy refused " + step + " with " + remote.code() + ": " + remote.remoteMessage();
        }
        return step + " was not answered: " + failure;
    }
}
