/**
 * JSON as the network prints it: strict parsing with bounds, canonical printing. Pure functions over byte arrays; not
 * part of the API for applications. Source: wire dossier, appendix D.
 */
@org.jspecify.annotations.NullMarked
package io.cocoon.internal.json;
