package io.cocoon.engine.serve;

import io.cocoon.engine.model.Backend;
import io.cocoon.engine.model.ModelShape;
import java.util.List;

/** Leaves all to another backend. */
public class ForwardingBackend implements Backend {

    private final Backend real;

    public ForwardingBackend(Backend real) {
        this.real = real;
    }

    @Override
    public ModelShape shape() {
        return real.shape();
    }

    @Override
    public Sequence newSequence() {
        return real.newSequence();
    }

    @Override
    public int mostCandidates() {
        return real.mostCandidates();
    }

    @Override
    public int pageTokens() {
        return real.pageTokens();
    }

    @Override
    public Sequence newSequence(List<Page> prefix) {
        return real.newSequence(prefix);
    }

    @Override
    public List<float[][]> run(List<Step> steps) {
        return real.run(steps);
    }

    @Override
    public List<Result> compute(List<Step> steps, int vocabulary) {
        return real.compute(steps, vocabulary);
    }

    @Override
    public void close() {
        real.close();
    }
}
