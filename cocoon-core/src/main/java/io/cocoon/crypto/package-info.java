/** Keys and signatures on BouncyCastle's lightweight API. Pure functions; nothing here keeps a thread. */
@org.jspecify.annotations.NullMarked
package io.cocoon.crypto;
