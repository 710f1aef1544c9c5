/**
 * For applications that already use ton4j: its wallets, mnemonics, chain clients and cells behind our interfaces.
 *
 * <p><b>Licence: GPL-3.0</b>, because ton4j is under it. Whoever distributes a program that holds this artifact has to distribute it
 * under GPL-3.0. Nothing else of this project needs it: cells, wallets and a lite client that proves its answers are in the core,
 * and TON Center is in {@code cocoon-toncenter}, all under Apache-2.0.
 *
 * <p>Nothing here needs native code. ton4j's lite client ({@code adnl}) checks no proof, so what comes through it trusts its
 * server; its {@code tonlib} module needs a native library and is not adapted. ton4j's own parser of bags of cells is not safe for
 * hostile bytes, so what a server sends is parsed by ours.
 */
@org.jspecify.annotations.NullMarked
package io.cocoon.ton4j;
