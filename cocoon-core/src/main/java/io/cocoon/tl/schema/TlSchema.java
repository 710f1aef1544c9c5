package io.cocoon.tl.schema;

import io.cocoon.tl.Bytes;
import io.cocoon.tl.TlException;
import io.cocoon.tl.TlReader;
import io.cocoon.tl.TlWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * All combinators of one generation of Cocoon's schema, and the codec that follows them. Wire dossier 1.7 and its 2026
 * part, section 2.
 *
 * <p>Immutable and thread-safe.
 */
public final class TlSchema {

    /** No object of the schema nests deeper than five; more is a fault of the schema, not of the input. */
    static final int MAX_DEPTH = 16;

    /** Most objects and vector elements in one tree: far above any real object, and a bound on memory. */
    static final int MAX_VALUES = 1 << 17;

    private static final String RESOURCE = "cocoon.schema";

    private static final Map<Generation, TlSchema> SCHEMAS = load();

    private final Map<String, Combinator> byName = new LinkedHashMap<>();
    private final Map<Integer, Combinator> byId = new HashMap<>();

    private TlSchema() {}

    private static Map<Generation, TlSchema> load() {
        String text;
        try (InputStream in = TlSchema.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new IllegalStateException("the resource " + RESOURCE + " is missing beside " + TlSchema.class);
            }
            text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the resource " + RESOURCE, e);
        }
        Map<Generation, TlSchema> schemas = new java.util.EnumMap<>(Generation.class);
        for (Generation generation : Generation.values()) {
            TlSchema schema = new TlSchema();
            text.lines()
                    .filter(line -> !line.startsWith("#") && !line.isBlank())
                    .filter(line -> generation.includes(line.substring(0, line.indexOf(' '))))
                    .map(line -> Combinator.parse(line.substring(line.indexOf(' ') + 1)))
                    .forEach(schema::add);
            schemas.put(generation, schema);
        }
        return schemas;
    }

    private void add(Combinator combinator) {
        if (byName.put(combinator.name(), combinator) != null || byId.put(combinator.id(), combinator) != null) {
            throw new IllegalStateException(RESOURCE + " has " + combinator.name() + " or its id twice");
        }
    }

    /** Returns the schema of a generation. */
    @SuppressWarnings("NullAway") // every constant of the enum is a key
    public static TlSchema of(Generation generation) {
        return SCHEMAS.get(generation);
    }

    /** Returns the names of all constructors and functions, sorted. */
    public Set<String> names() {
        return new TreeSet<>(byName.keySet());
    }

    Collection<Combinator> combinators() {
        return byName.values();
    }

    /** Returns whether a boxed object could begin with this id. */
    public boolean knows(int constructorId) {
        return byId.containsKey(constructorId);
    }

    Combinator combinator(String name) {
        Combinator combinator = byName.get(name);
        if (combinator == null) {
            throw new IllegalArgumentException("no combinator has the name " + name);
        }
        return combinator;
    }

    /**
     * Decodes exactly one boxed object.
     *
     * @throws TlException if the bytes are anything else, or have more than {@value #MAX_VALUES} values
     */
    public TlNode decode(Bytes boxed) throws TlException {
        return TlReader.readWhole(boxed, in -> new Decoder(in).readBoxed(null, 0));
    }

    /** Encodes an object in its boxed form.
     *
     * @throws IllegalArgumentException if the tree is not an object of this schema
     */
    public Bytes encode(TlNode node) {
        TlWriter out = new TlWriter();
        writeBoxed(out, node, null, 0);
        return out.seal();
    }

    private final class Decoder {
        private final TlReader in;
        private int values;

        Decoder(TlReader in) {
            this.in = in;
        }

        private void count(int depth) throws TlException {
            if (depth > MAX_DEPTH || ++values > MAX_VALUES) {
                throw new TlException(
                        "More than " + MAX_VALUES + " values or " + MAX_DEPTH + " levels in one object", in.offset());
            }
        }

        private TlNode readBoxed(@Nullable String result, int depth) throws TlException {
            int id = in.readInt();
            Combinator combinator = byId.get(id);
            if (combinator == null || (result != null && !combinator.result().equals(result))) {
                throw in.unknownConstructor(id);
            }
            return readBare(combinator, depth);
        }

        private TlNode readBare(Combinator combinator, int depth) throws TlException {
            count(depth);
            Map<String, Object> fields = new LinkedHashMap<>();
            for (Combinator.Field field : combinator.fields()) {
                if (isPresent(field, fields)) {
                    fields.put(field.name(), read(field.type(), depth + 1));
                }
            }
            return new TlNode(combinator.name(), fields);
        }

        private Object read(TlType type, int depth) throws TlException {
            if (type instanceof TlType.Scalar scalar) {
                return TlType.read(scalar, in);
            } else if (type instanceof TlType.Vector vector) {
                return in.readVector(reader -> {
                    count(depth);
                    return read(vector.element(), depth + 1);
                });
            } else if (type instanceof TlType.Bare bare) {
                return readBare(combinator(bare.constructor()), depth);
            }
            return readBoxed(((TlType.Boxed) type).result(), depth);
        }
    }

    static boolean isPresent(Combinator.Field field, Map<String, Object> earlier) {
        return !field.isOptional()
                || (earlier.get(field.flagsField()) instanceof Integer flags && (flags & 1 << field.bit()) != 0);
    }

    private void writeBoxed(TlWriter out, TlNode node, @Nullable String result, int depth) {
        Combinator combinator = combinator(node.type());
        if (result != null && !combinator.result().equals(result)) {
            throw new IllegalArgumentException(
                    "a " + result + " is wanted, but " + node.type() + " is a " + combinator.result());
        }
        out.writeInt(combinator.id());
        writeBare(out, node, combinator, depth);
    }

    private void writeBare(TlWriter out, TlNode node, Combinator combinator, int depth) {
        if (depth > MAX_DEPTH || !node.type().equals(combinator.name())) {
            throw new IllegalArgumentException(
                    combinator.name() + " is wanted at depth " + depth + ", got " + node.type());
        }
        Set<String> extra = new TreeSet<>(node.fields().keySet());
        for (Combinator.Field field : combinator.fields()) {
            if (!isPresent(field, node.fields())) {
                continue;
            }
            Object value = node.get(field.name());
            if (value == null) {
                throw new IllegalArgumentException(node.type() + " lacks its field " + field.name());
            }
            extra.remove(field.name());
            try {
                write(out, field.type(), value, depth + 1);
            } catch (ClassCastException e) {
                throw new IllegalArgumentException(
                        node.type() + "." + field.name() + " cannot be a "
                                + value.getClass().getSimpleName(),
                        e);
            }
        }
        if (!extra.isEmpty()) {
            throw new IllegalArgumentException(
                    node.type() + " has fields that the schema or its flags do not allow: " + extra);
        }
    }

    private void write(TlWriter out, TlType type, Object value, int depth) {
        if (type instanceof TlType.Scalar scalar) {
            TlType.write(scalar, value, out);
        } else if (type instanceof TlType.Vector vector) {
            List<?> elements = new ArrayList<>((List<?>) value);
            out.writeVector(elements, (to, element) -> write(to, vector.element(), element, depth + 1));
        } else if (type instanceof TlType.Bare bare) {
            writeBare(out, (TlNode) value, combinator(bare.constructor()), depth);
        } else {
            writeBoxed(out, (TlNode) value, ((TlType.Boxed) type).result(), depth);
        }
    }
}
