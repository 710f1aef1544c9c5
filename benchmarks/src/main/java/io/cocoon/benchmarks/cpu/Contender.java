package io.cocoon.benchmarks.cpu;

import java.io.IOException;

/** Something that computes a model. */
interface Contender extends AutoCloseable {

    /** Returns the tokens a second of an answer behind a prompt of 16 tokens. */
    double decode(int tokens) throws IOException;

    /** Returns the tokens a second of a prompt. */
    double prefill(int tokens) throws IOException;

    @Override
    void close();
}
