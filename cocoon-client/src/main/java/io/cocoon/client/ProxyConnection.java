package io.cocoon.client;

import io.cocoon.transport.PeerReport;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How a client stands with one proxy that it uses or tries to, at one moment. Immutable.
 *
 * @param proxy host and port; empty while none is chosen
 * @param version of the protocol, once it can take requests; empty before
 * @param attestation what was proven about it, with every check, once it can take requests
 * @param account who charges whom, once it can take requests
 * @param running requests that wait for their end
 * @param problem why the last connection ended or could not be opened, if it did
 * @param refusal what was checked of the proxy, if its evidence was refused
 */
public record ProxyConnection(
        Optional<String> proxy,
        OptionalInt version,
        Optional<Attestation> attestation,
        Optional<Account> account,
        int running,
        Optional<String> problem,
        Optional<PeerReport> refusal) {

    /**
     * The account at a proxy.
     *
     * @param contract the client contract that is charged
     * @param totals what was charged, as far as the proxy has said
     */
    public record Account(io.cocoon.ton.cell.Address contract, Bill.Totals totals) {}

    /** Returns whether it can take requests now. */
    public boolean isReady() {
        return attestation.isPresent();
    }
}
