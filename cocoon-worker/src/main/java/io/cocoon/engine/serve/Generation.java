package io.cocoon.engine.serve;

/** A running request: one or more choices. Thread-safe. */
public interface Generation {

    /** Why a choice ended. */
    enum End {
        /** The model ended it, or its constraint left nothing more to say. */
        STOP,
        /** It has as many tokens as were asked for, or the context is full. */
        LENGTH,
        /** It was cancelled. */
        CANCELLED
    }

    /** Takes the tokens of the choices, on the scheduler's thread: it must not block. */
    interface Listener {

        /**
         * Takes the next token; end tokens are not passed on.
         *
         * @param choice counted from 0
         */
        void token(int choice, Token token);

        /**
         * A choice is over; nothing follows for it.
         *
         * @param completionTokens how many tokens were generated, the end token included
         * @param cachedTokens how many tokens of the prompt came from an earlier request
         */
        void ended(int choice, End end, int completionTokens, int cachedTokens);

        /** A choice failed; nothing follows for it. */
        void failed(int choice, Throwable cause);
    }

    /** Ends all choices before the next step. */
    void cancel();

    /** Ends one choice before the next step; has no effect on one that is over. */
    void cancel(int choice);
}
