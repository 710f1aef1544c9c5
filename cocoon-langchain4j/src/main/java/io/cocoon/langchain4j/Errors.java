package io.cocoon.langchain4j;

import dev.langchain4j.exception.AuthenticationException;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.LangChain4jException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.exception.NonRetriableException;
import dev.langchain4j.exception.RateLimitException;
import io.cocoon.client.CocoonException;

/** From the client's failures to LangChain4j's; the rule is in {@link CocoonModelBuilder}. */
final class Errors {

    private static final int NOT_FOUND = 404;

    private Errors() {}

    static LangChain4jException of(CocoonException failure) {
        String text = failure.getMessage();
        if (failure.attempts().stream().anyMatch(attempt -> attempt.chargePossible())) {
            return new NonRetriableException(text, failure);
        }
        if (failure instanceof CocoonException.Configuration) {
            return new InvalidRequestException(text, failure);
        } else if (failure instanceof CocoonException.Authorisation) {
            return new AuthenticationException(text, failure);
        } else if (failure instanceof CocoonException.Capacity) {
            return new RateLimitException(text, failure);
        } else if (failure instanceof CocoonException.Upstream upstream && upstream.httpStatus() == NOT_FOUND) {
            return new ModelNotFoundException(text, failure);
        } else if (failure instanceof CocoonException.Upstream upstream
                && upstream.httpStatus() >= 400
                && upstream.httpStatus() < 500) {
            return new InvalidRequestException(text, failure);
        }
        return new NonRetriableException(text, failure);
    }
}
