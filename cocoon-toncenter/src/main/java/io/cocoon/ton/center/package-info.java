/**
 * Chain access through TON Center's HTTP API, version 2. It trusts its server, see {@link io.cocoon.ton.center.TonCenterChain}.
 * A module of its own, because OkHttp brings Kotlin's standard library.
 */
@org.jspecify.annotations.NullMarked
package io.cocoon.ton.center;
