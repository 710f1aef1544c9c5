package io.cocoon.proxy;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.keymanager.NetworkKeys;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.chain.CocoonChain;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.concurrent.ScheduledExecutorService;
import java.util.random.RandomGenerator;

/**
 * What a proxy was built from.
 *
 * @param chain the network
 * @param key the machine key: it names the proxy and signs payments
 * @param owner of the proxy's contract
 * @param checkHashes whether a worker's image and model must be listed in the root contract
 * @param allowEmptySecrets whether a client may authorise with the empty secret on a real network (hazard H12)
 * @param limits the bounds
 * @param clock for times and deadlines
 * @param secure for nonces and ids
 * @param chance for the choice of workers
 * @param ledger what is owed and earned
 * @param networkKeys private halves for payload encryption
 * @param timer the proxy's one thread of its own
 */
record ProxySettings(
        CocoonChain chain,
        Ed25519Key key,
        Address owner,
        boolean checkHashes,
        boolean allowEmptySecrets,
        ProxyLimits limits,
        Clock clock,
        SecureRandom secure,
        RandomGenerator chance,
        Ledger ledger,
        NetworkKeys networkKeys,
        ScheduledExecutorService timer) {}
