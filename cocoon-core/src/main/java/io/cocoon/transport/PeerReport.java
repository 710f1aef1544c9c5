package io.cocoon.transport;

/** The record of a verification, as far as the transport has to know it: something to print. */
public interface PeerReport {

    /** Returns the report for people, in several lines. */
    String toText();

    /** Returns the report for machines, as one JSON object. */
    String toJson();
}
