/**
 * Evidence from inside a TEE: quotes and reports through the kernel's configfs, measurement registers through sysfs, and
 * certificates made with them. Found at run time; what is absent is said in plain words.
 *
 * <p>Everything here is file I/O. What needs an ioctl or a vsock socket is not possible in pure Java 17: the local report of {@code
 * /dev/tdx_guest}, derived keys of {@code /dev/sev-guest}, and the host's sealing enclave. For those a program implements {@link
 * io.cocoon.tee.guest.GuestDevice}; the forms and keys around the calls are here. For quotes and reports configfs gives the same.
 *
 * <p>Threads: a request to the kernel blocks, for up to 30 seconds on TDX, so never on an event loop; see {@link
 * io.cocoon.tee.guest.GuestEvidence}. Depends on {@code io.cocoon.tee} and {@code io.cocoon.tl}. Source of the rules: TEE
 * dossier 8 and 9; its 2026 part, 8.7.
 */
@org.jspecify.annotations.NullMarked
package io.cocoon.tee.guest;
