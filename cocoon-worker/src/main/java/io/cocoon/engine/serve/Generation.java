package io.cocoon.engine.serve;

/** A running answer. Thread-safe. */
public interface Generation {

    /** Why an answer ended. */
    enum End {
        /** The model ended it. */
        STOP,
        /** It has as many tokens as were asked for, or the context is full. */
        LENGTH,
        /** {@link Generation#cancel} was called. */
        CANCELLED
    }

    /** Takes the tokens of an answer, on the scheduler's thread: it must not block. */
    interface Listener {

        /** Takes the next token; end tokens are not passed on. */
        void token(int id);

        /**
         * The answer is over; nothing follows.
         *
         * @param completionTokens how many tokens were generated, the end token included
         */
        void ended(End end, int completionTokens);

        /** The answer failed; nothing follows. */
        void failed(Throwable cause);
    }

    /** Ends the answer before the next step. */
    void cancel();
}
