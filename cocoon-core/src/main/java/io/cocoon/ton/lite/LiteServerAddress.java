package io.cocoon.ton.lite;

import io.cocoon.tl.Int256;
import java.net.InetSocketAddress;

/**
 * Where a liteserver listens, and who it has to be.
 *
 * @param address resolved; names are not looked up here
 * @param key Ed25519 key that the server proves to have
 */
public record LiteServerAddress(InetSocketAddress address, Int256 key) {

    public LiteServerAddress {
        if (address.isUnresolved()) {
            throw new IllegalArgumentException("the address of a liteserver is a number, not a name: " + address);
        }
        if (!AdnlKeys.isUsable(key)) {
            throw new IllegalArgumentException(key.toHex() + " is no Ed25519 key, liteserver " + address);
        }
    }

    @Override
    public String toString() {
        return address.getAddress().getHostAddress() + ":" + address.getPort();
    }
}
