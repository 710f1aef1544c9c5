package io.cocoon.tee.tdx;

import io.cocoon.tl.Bytes;

/**
 * What Intel signed about a platform, needed to judge its quote. Nothing here is trusted: every part is verified against
 * the pinned root. The two documents are the exact bytes that were signed. Immutable. TEE dossier 7.3 and 7.5.
 *
 * @param pckCrlIssuerChain PEM, issuer of the PCK CRL first, then the root
 * @param rootCaCrl CRL of the root CA, DER
 * @param pckCrl CRL of the Platform or Processor CA, DER
 * @param tcbInfoIssuerChain PEM, signer first, then the root
 * @param tcbInfo the inner object, as served
 * @param tcbInfoSignature 64 bytes, r then s
 * @param qeIdentityIssuerChain PEM, signer first, then the root
 * @param qeIdentity the inner object, as served
 * @param qeIdentitySignature 64 bytes, r then s
 */
public record TdxCollateral(
        Bytes pckCrlIssuerChain,
        Bytes rootCaCrl,
        Bytes pckCrl,
        Bytes tcbInfoIssuerChain,
        Bytes tcbInfo,
        Bytes tcbInfoSignature,
        Bytes qeIdentityIssuerChain,
        Bytes qeIdentity,
        Bytes qeIdentitySignature) {}
