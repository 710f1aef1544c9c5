package io.cocoon.engine.grammar;

import com.fasterxml.jackson.databind.node.TextNode;
import java.util.ArrayList;
import java.util.List;

/**
 * How a model writes calls of functions, for answers that may be calls instead of a document. A call is a JSON object with a name and
 * an object of arguments; whether the arguments fit the function is not looked at.
 *
 * @param names of the functions, one or more
 * @param open begins a call; empty if nothing does
 * @param close ends a call
 * @param marked whether these are the first two markers of a {@link JsonConstraint}; else they are text
 * @param arguments how the member with the arguments is called
 * @param several whether more calls may follow the first
 */
public record CallForm(
        List<String> names, String open, String close, boolean marked, String arguments, boolean several) {

    public CallForm {
        names = List.copyOf(names);
    }

    /** The calls, in front of a place. */
    Node before(Grammar grammar, JsonGrammar json, Node next) throws SchemaException {
        Node.Rule call = new Node.Rule();
        call.start(
                open.isEmpty()
                        ? object(grammar, json, grammar.end())
                        : tag(
                                grammar,
                                open,
                                Automaton.FIRST_MARKER,
                                json.space(object(
                                        grammar,
                                        json,
                                        json.space(tag(grammar, close, Automaton.FIRST_MARKER + 1, grammar.end()))))));
        Grammar.Part more = n -> open.isEmpty()
                ? grammar.oneOf(";", json.space(grammar.call(call, n)))
                : json.space(grammar.call(call, n));
        return grammar.call(call, several ? grammar.repeat(more, 0, -1, next) : next);
    }

    private Node tag(Grammar grammar, String text, int marker, Node next) throws SchemaException {
        return marked ? grammar.bytes(marker, marker, next) : grammar.text(text, next);
    }

    private Node object(Grammar grammar, JsonGrammar json, Node next) throws SchemaException {
        Node end = json.space(grammar.oneOf("}", next));
        Node value = json.colon(grammar.call(json.object(), end));
        Node behindName = json.comma(grammar.text(TextNode.valueOf(arguments).toString(), value));
        List<Node> ways = new ArrayList<>();
        for (String name : names) {
            ways.add(grammar.text(TextNode.valueOf(name).toString(), behindName));
        }
        return grammar.oneOf("{", json.space(grammar.text("\"name\"", json.colon(grammar.either(ways)))));
    }
}
