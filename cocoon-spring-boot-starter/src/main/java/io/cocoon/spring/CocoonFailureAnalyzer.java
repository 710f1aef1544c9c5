package io.cocoon.spring;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Prints in words what is missing. */
final class CocoonFailureAnalyzer extends AbstractFailureAnalyzer<CocoonSetupException> {

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, CocoonSetupException cause) {
        return new FailureAnalysis("The Cocoon client could not be made: " + cause.getMessage(), cause.action(), cause);
    }
}
