package io.cocoon.ton.chain;

import io.cocoon.payment.Nanoton;
import io.cocoon.payment.Prices;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What the root contract says at one time: the registry of the network.
 *
 * @param root the root contract's own address, which identifies the network
 * @param owner its owner
 * @param version grows with every change
 * @param params the part that contract addresses are derived from
 * @param proxies registered proxies, by sequence number
 * @param lastProxySeqno the last number handed out
 * @param proxyHashes allowed image hashes of proxies
 * @param workerHashes allowed image hashes of workers
 * @param modelHashes SHA-256 of each allowed full model name
 * @param networkKeys keys for payload encryption; empty when the network has none
 * @param keyManager the key manager, if the contract names one
 */
public record RootState(
        Address root,
        Address owner,
        int version,
        Params params,
        List<RegisteredProxy> proxies,
        int lastProxySeqno,
        Set<Int256> proxyHashes,
        Set<Int256> workerHashes,
        Set<Int256> modelHashes,
        List<NetworkKey> networkKeys,
        Optional<KeyManager> keyManager) {

    public RootState {
        proxies = List.copyOf(proxies);
        proxyHashes = Set.copyOf(proxyHashes);
        workerHashes = Set.copyOf(workerHashes);
        modelHashes = Set.copyOf(modelHashes);
        networkKeys = List.copyOf(networkKeys);
    }

    /**
     * The parameter cell (payments dossier, section 3).
     *
     * @param structVersion layout, 0 to 5
     * @param version grows when any derived contract address changes
     * @param uniqueId part of the derived addresses
     * @param isTest whether this is a test network; must match every peer
     * @param prices what tokens cost
     * @param proxyDelayBeforeClose between a proxy's announcement to close and its end
     * @param clientDelayBeforeClose between a client's request for a refund and its force
     * @param minProxyStake a proxy's least stake
     * @param minClientStake a client's least stake
     * @param proxyCode bag of cells of the proxy contract's code; empty if the cell has none
     * @param workerCode likewise for the worker contract
     * @param clientCode likewise for the client contract
     */
    public record Params(
            int structVersion,
            int version,
            int uniqueId,
            boolean isTest,
            Prices prices,
            Duration proxyDelayBeforeClose,
            Duration clientDelayBeforeClose,
            Nanoton minProxyStake,
            Nanoton minClientStake,
            Bytes proxyCode,
            Bytes workerCode,
            Bytes clientCode) {}

    /**
     * A proxy in the registry.
     *
     * @param seqno its number
     * @param workerAddress host and port for workers
     * @param clientAddress host and port for clients
     */
    public record RegisteredProxy(int seqno, HostPort workerAddress, HostPort clientAddress) {

        /** Parses {@code worker_host:port client_host:port}, or one of them for both; empty if it is anything else. */
        public static Optional<RegisteredProxy> parse(int seqno, String text) {
            int space = text.indexOf(' ');
            Optional<HostPort> worker = HostPort.tryParse(space < 0 ? text : text.substring(0, space));
            Optional<HostPort> client = space < 0 ? worker : HostPort.tryParse(text.substring(space + 1));
            return worker.flatMap(
                    forWorkers -> client.map(forClients -> new RegisteredProxy(seqno, forWorkers, forClients)));
        }
    }

    /**
     * A key for payload encryption.
     *
     * @param publicKey Ed25519
     * @param type 1 is the one that clients use
     * @param expiresAt no longer valid from then on
     */
    public record NetworkKey(Int256 publicKey, int type, Instant expiresAt) {}

    /**
     * The key manager.
     *
     * @param publicKey its identity key
     * @param imageHash the image it must prove
     * @param address where it listens
     */
    public record KeyManager(Int256 publicKey, Int256 imageHash, HostPort address) {}
}
