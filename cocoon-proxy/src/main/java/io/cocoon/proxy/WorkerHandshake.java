package io.cocoon.proxy;

import static io.cocoon.protocol.ErrorCodes.ERROR;
import static io.cocoon.protocol.ErrorCodes.NOT_READY;
import static io.cocoon.protocol.ErrorCodes.PROTOCOL_VIOLATION;
import static io.cocoon.protocol.ErrorCodes.UNSPECIFIED;

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

/** The checks of a worker's handshake, in the reference's order. Wire dossier 5.4. Stateless. */
final class WorkerHandshake {

    /** A coefficient is below this (wire dossier 5.4). */
    static final int COEFFICIENT_END = 1_000_000_000;

    private final ProxyCore core;

    WorkerHandshake(ProxyCore core) {
        this.core = core;
    }

    /** The first step went well. */
    record Accepted(WorkerSlot slot, ProxyToWorker.ConnectedToProxy answer) {}

    Accepted connect(Connection connection, Bytes query) throws Refusal {
        Network network = core.network();
        checkImage(connection.peer(), network.root());
        if (!(parse(query) instanceof WorkerToProxy.ConnectToProxy wish)) {
            throw wrongConstructor();
        }
        WorkerParams params = wish.params();
        check(params, network);
        int version = Versions.negotiate(params.flags(), params.minProtoVersion(), params.maxProtoVersion());
        Address owner = ClientHandshake.address(params.workerOwnerAddress());
        if (!core.isServing()) {
            throw new Refusal(NOT_READY, "proxy is not participating in this iteration");
        }
        long limit = ((long) params.maxActiveRequests() + params.proxyCnt() - 1) / params.proxyCnt();
        WorkerSlot slot = new WorkerSlot(
                connection,
                owner,
                network.workerContract(owner),
                params.model(),
                version,
                (int) limit,
                params.coefficient(),
                machine(params.machineDescriptionJson()),
                core.now());
        core.workers().add(slot, core.now());
        return new Accepted(
                slot,
                new ProxyToWorker.ConnectedToProxy(
                        network.introduction(version), slot.contract.toText(network.testnet())));
    }

    /** Only people read it; one that is too long to be kept is no reason to refuse a worker. */
    private String machine(String description) {
        return description.length() > core.limits().maxNameBytes() ? "{}" : description;
    }

    private void checkImage(PeerIdentity peer, RootState root) throws Refusal {
        if (core.settings().checkHashes() && !isListedImage(peer, root)) {
            throw new Refusal(
                    PROTOCOL_VIOLATION,
                    "invalid worker image hash " + peer.imageHash().toHex());
        }
    }

    /** Refuses a worker whose image or model is not listed any more. */
    void checkListed(WorkerSlot slot) throws Refusal {
        if (core.settings().checkHashes()) {
            RootState root = core.network().root();
            checkImage(slot.connection.peer(), root);
            if (!isListedModel(slot.fullModel, root)) {
                throw new Refusal(PROTOCOL_VIOLATION, "invalid worker model '" + slot.fullModel + "'");
            }
        }
    }

    /** A peer without evidence has no image, whatever hash a list may hold (hazard N14). */
    static boolean isListedImage(PeerIdentity peer, RootState root) {
        boolean measured = peer.isAttested()
                || (peer.kind() == PeerIdentity.Kind.SIMULATED && root.params().isTest());
        return measured && root.workerHashes().contains(peer.imageHash());
    }

    static boolean isListedModel(String fullModel, RootState root) {
        return root.modelHashes().contains(ClientHandshake.sha256(Bytes.utf8(fullModel)));
    }

    private void check(WorkerParams params, Network network) throws Refusal {
        if ((params.flags() & 1) == 0) {
            throw new Refusal(ERROR, "too old worker");
        }
        if (params.isTest() != network.isTest()) {
            throw new Refusal(ERROR, "test mode mismatch");
        }
        if (WorkerSlot.baseName(params.model()).isEmpty()) {
            throw new Refusal(PROTOCOL_VIOLATION, "invalid worker hash or worker type");
        }
        if (params.coefficient() < 0 || params.coefficient() >= COEFFICIENT_END) {
            throw new Refusal(PROTOCOL_VIOLATION, "invalid coefficient value");
        }
        if (params.maxActiveRequests() < 1) {
            throw new Refusal(PROTOCOL_VIOLATION, "invalid max_active_requests value");
        }
        if (params.proxyCnt() < 1) {
            throw new Refusal(PROTOCOL_VIOLATION, "invalid proxy_cnt value");
        }
        if (params.model().length() > core.limits().maxNameBytes()) {
            throw new Refusal(PROTOCOL_VIOLATION, "the model's name is too long");
        }
        if (core.settings().checkHashes() && !isListedModel(params.model(), network.root())) {
            throw new Refusal(PROTOCOL_VIOLATION, "invalid worker model '" + params.model() + "'");
        }
    }

    /**
     * Compares what both sides know of this worker's tokens. A claim above our numbers is not proof of anything; the
     * reference ends its process (hazard H8).
     *
     * @return the answer; its error code is not 0 if the worker has to go on with the extended comparison
     */
    ProxyToWorker.CompareBalanceWithProxyResult compare(WorkerSlot slot, Bytes query) throws Refusal {
        if (!(parse(query) instanceof WorkerToProxy.CompareBalanceWithProxy claim)) {
            throw wrongConstructor();
        }
        Ledger.Totals totals = core.payments().totals(Ledger.Side.WORKER, slot.contract);
        refuseAbove("tokens_committed_to_blockchain", claim.tokensCommittedToBlockchain(), totals.signed());
        refuseAbove("tokens_committed_to_db", claim.tokensCommittedToDb(), totals.db());
        if (claim.maxTokens() < 0) {
            throw new Refusal(PROTOCOL_VIOLATION, "max_tokens is negative: " + claim.maxTokens());
        }
        return new ProxyToWorker.CompareBalanceWithProxyResult(
                core.payments().signed(Ledger.Side.WORKER, slot.contract, totals),
                totals.db(),
                totals.max(),
                claim.maxTokens() <= totals.max() ? 0 : 1);
    }

    private static void refuseAbove(String name, long claimed, long known) throws Refusal {
        if (claimed < 0 || claimed > known) {
            throw new Refusal(PROTOCOL_VIOLATION, "%s is %d, this proxy knows of %d".formatted(name, claimed, known));
        }
    }

    ProxyToWorker.ExtendedCompareBalanceWithProxyResult compareExtended(Bytes query) throws Refusal {
        if (!(parse(query) instanceof WorkerToProxy.ExtendedCompareBalanceWithProxy)) {
            throw wrongConstructor();
        }
        return new ProxyToWorker.ExtendedCompareBalanceWithProxyResult(0);
    }

    /** Takes the last step. @return whether the worker begins disabled */
    boolean complete(Bytes query) throws Refusal {
        if (!(parse(query) instanceof WorkerToProxy.ProxyHandshakeComplete complete)) {
            throw wrongConstructor();
        }
        return complete.isDisabled();
    }

    private static WorkerToProxy.Query parse(Bytes query) throws Refusal {
        try {
            return TlReader.readWhole(query, WorkerToProxy::readQuery);
        } catch (TlException e) {
            throw new Refusal(UNSPECIFIED, String.valueOf(e.getMessage()));
        }
    }

    private static Refusal wrongConstructor() {
        return new Refusal(UNSPECIFIED, "Wrong constructor found at 4");
    }
}
