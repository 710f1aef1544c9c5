package io.cocoon.engine.template;

import io.cocoon.engine.template.Lexer.Kind;
import io.cocoon.engine.template.Lexer.Token;
import java.util.List;

/** Walks over the tokens of a source, and bounds how deep it nests. For one thread. */
class TokenReader {

    /** How deep blocks and expressions of a source may nest. */
    static final int MAX_DEPTH = 100;

    private final List<Token> tokens;
    private int at;
    private int depth;

    TokenReader(List<Token> tokens) {
        this.tokens = tokens;
    }

    final Token peek() {
        return tokens.get(at);
    }

    /** Returns the token behind the next one; only asked for where there is one. */
    final Token second() {
        return tokens.get(at + 1);
    }

    final Token take() {
        // The last token stays, whatever is asked.
        return at + 1 < tokens.size() ? tokens.get(at++) : tokens.get(at);
    }

    static TemplateException problem(Token token, String what) {
        return TemplateException.at(what, token.line(), token.column());
    }

    final boolean accept(Kind kind, String text) {
        if (peek().is(kind, text)) {
            take();
            return true;
        }
        return false;
    }

    final boolean sign(String text) {
        return accept(Kind.SIGN, text);
    }

    final boolean word(String text) {
        return accept(Kind.NAME, text);
    }

    final Token need(Kind kind, String text) throws TemplateException {
        Token token = take();
        if (!token.is(kind, text)) {
            throw problem(token, "wanted '" + text + "', found '" + token.text() + "'");
        }
        return token;
    }

    final String needName() throws TemplateException {
        Token token = take();
        if (token.kind() != Kind.NAME) {
            throw problem(token, "wanted a name, found '" + token.text() + "'");
        }
        return token.text();
    }

    final void enter() throws TemplateException {
        if (++depth > MAX_DEPTH) {
            throw problem(peek(), "the source nests deeper than " + MAX_DEPTH);
        }
    }

    final void leave() {
        depth--;
    }
}
