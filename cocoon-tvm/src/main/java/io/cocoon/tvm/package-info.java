/**
 * TON's own transaction emulator in this JVM: runs a contract as validators do, bit by bit. WebAssembly, compiled to
 * classes when this module is built; tooling dossier, section 2. No thread of its own.
 */
@org.jspecify.annotations.NullMarked
package io.cocoon.tvm;
