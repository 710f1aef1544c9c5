package io.cocoon.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import io.cocoon.testdata.TestData;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlException;
import io.cocoon.tl.TlObject;
import io.cocoon.tl.TlReader;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** All records of the protocol package, found by reflection, so that no test forgets one. */
public final class Records {

    private static final List<Class<?>> ROOTS = List.of(
            TcpPacket.class,
            ClientToProxy.class,
            ProxyToClient.class,
            ProxyToWorker.class,
            WorkerToProxy.class,
            ToKeyManager.class,
            SignedPayment.class,
            ConnectionAuth.class,
            ClientFinalInfo.class,
            ClientParams.class,
            HttpHeader.class,
            HttpRequest.class,
            HttpResponse.class,
            PrivateKey.class,
            PrivateKeys.class,
            ProxyParams.class,
            TokensUsed.class,
            WorkerFinalInfo.class,
            WorkerInstanceV2.class,
            WorkerParams.class,
            WorkerType.class,
            WorkerTypeV2.class);

    private static final Map<Integer, Class<?>> BY_ID = new HashMap<>();
    private static final Map<String, TlReader.Element<TlObject>> READERS = new TreeMap<>();

    static {
        ROOTS.forEach(Records::collect);
    }

    private Records() {}

    private static void collect(Class<?> type) {
        for (Method method : type.getDeclaredMethods()) {
            if (Modifier.isStatic(method.getModifiers())
                    && Modifier.isPublic(method.getModifiers())
                    && List.of(method.getParameterTypes()).equals(List.of(TlReader.class))
                    && TlObject.class.isAssignableFrom(method.getReturnType())) {
                READERS.put(type.getSimpleName() + '.' + method.getName(), in -> call(method, in));
            }
        }
        if (type.isRecord()) {
            try {
                BY_ID.put(type.getField("ID").getInt(null), type);
            } catch (ReflectiveOperationException e) {
                throw new AssertionError(e);
            }
        } else {
            for (Class<?> each : type.getPermittedSubclasses()) {
                collect(each);
            }
        }
    }

    private static TlObject call(Method method, TlReader in) throws TlException {
        try {
            method.setAccessible(true);
            return (TlObject) method.invoke(null, in);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof TlException cause) {
                throw cause;
            }
            throw new AssertionError("a reader must throw nothing but TlException", e.getCause());
        } catch (IllegalAccessException e) {
            throw new AssertionError(e);
        }
    }

    /** Every record class by its constructor id. */
    public static Map<Integer, Class<?>> byId() {
        return BY_ID;
    }

    /** Every public reader of a boxed object, by name. */
    public static Map<String, TlReader.Element<TlObject>> readers() {
        return READERS;
    }

    /** Reads a boxed object with whichever family reads its id; all families that do must agree. */
    public static TlObject read(Bytes boxed) throws TlException {
        TlObject found = null;
        TlException refusal = new TlException("no family reads this id", 0);
        for (TlReader.Element<TlObject> reader : READERS.values()) {
            try {
                TlObject object = TlReader.readWhole(boxed, reader);
                if (found != null && !found.toBytes().equals(object.toBytes())) {
                    throw new AssertionError("two families read one object differently: " + found + ", " + object);
                }
                found = object;
            } catch (TlException e) {
                if (e.offset() > refusal.offset()) {
                    refusal = e;
                }
            }
        }
        if (found == null) {
            throw refusal;
        }
        return found;
    }

    /** Constructor ids by name, of one of the two files. */
    static Map<String, Integer> ids(String file) {
        Map<String, Integer> ids = new HashMap<>();
        for (JsonNode each : TestData.json(file).get("combinators")) {
            ids.put(each.get("name").asText(), each.get("id_signed").asInt());
        }
        return ids;
    }

    /** Builds the record that a vector's {@code value} describes, without the codec under test. */
    static TlObject build(JsonNode value, Map<String, Integer> ids) {
        return (TlObject) build(classOf(value, ids), value, ids);
    }

    private static Class<?> classOf(JsonNode value, Map<String, Integer> ids) {
        String name = value.path("@type").asText();
        Class<?> type = BY_ID.get(ids.getOrDefault(name, 0));
        if (type == null) {
            throw new AssertionError("no record for " + name);
        }
        return type;
    }

    private static Object build(Class<?> type, JsonNode value, Map<String, Integer> ids) {
        List<@Nullable Object> arguments = new ArrayList<>();
        for (RecordComponent component : type.getRecordComponents()) {
            String member = component
                    .getName()
                    .replaceAll("([A-Z]|(?<=\\D)\\d+$)", "_$1")
                    .toLowerCase(java.util.Locale.ROOT);
            JsonNode node = value.path(member);
            if (node.isMissingNode()) {
                node = value.path(member.replaceAll("_(\\d+)$", "$1"));
            }
            arguments.add(component(component.getGenericType(), node, ids));
        }
        return construct(type, arguments);
    }

    private static @Nullable Object component(Type type, JsonNode node, Map<String, Integer> ids) {
        boolean absent = node.isMissingNode();
        if (type == int.class) {
            return absent ? 0 : node.intValue();
        } else if (type == long.class) {
            return absent ? 0L : Long.parseLong(node.asText());
        } else if (type == double.class) {
            return absent ? 0.0 : node.doubleValue();
        } else if (type == boolean.class) {
            return !absent && node.booleanValue();
        } else if (type == String.class) {
            return absent ? "" : node.textValue();
        } else if (type == Bytes.class) {
            return absent ? Bytes.empty() : Bytes.fromHex(node.textValue());
        } else if (type == Int256.class) {
            return absent ? Int256.ZERO : Int256.fromHex(node.textValue());
        } else if (type instanceof ParameterizedType list) {
            List<@Nullable Object> elements = new ArrayList<>();
            node.forEach(each -> elements.add(component(list.getActualTypeArguments()[0], each, ids)));
            return elements;
        }
        if (absent) {
            // A record that a flag bit leaves out: what the reader gives for it.
            return null;
        }
        Class<?> wanted = (Class<?>) type;
        return build(wanted.isRecord() ? wanted : classOf(node, ids), node, ids);
    }

    private static Object construct(Class<?> type, List<? extends @Nullable Object> arguments) {
        try {
            Constructor<?> constructor = type.getDeclaredConstructors()[0];
            for (Constructor<?> each : type.getDeclaredConstructors()) {
                if (each.getParameterCount() == arguments.size()) {
                    constructor = each;
                }
            }
            constructor.setAccessible(true);
            return constructor.newInstance(arguments.toArray());
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(type + " could not be made of " + arguments, e);
        }
    }

    /** Makes a random object of a record class. */
    static TlObject random(Class<?> type, Random random) {
        List<@Nullable Object> arguments = new ArrayList<>();
        int flags = random.nextInt(8);
        for (RecordComponent component : type.getRecordComponents()) {
            switch (component.getName()) {
                case "flags" -> arguments.add(flags);
                // The records themselves insist that it is there if and only if its bit is on.
                case "finalInfo" -> arguments.add((flags & 1) != 0 ? random(component.getGenericType(), random) : null);
                default -> arguments.add(random(component.getGenericType(), random));
            }
        }
        return (TlObject) construct(type, arguments);
    }

    private static Object random(Type type, Random random) {
        if (type == int.class) {
            return random.nextInt();
        } else if (type == long.class) {
            return random.nextLong();
        } else if (type == double.class) {
            return Double.longBitsToDouble(random.nextLong() & ~(0x7ffL << 52) | 0x3ffL << 52);
        } else if (type == boolean.class) {
            return random.nextBoolean();
        } else if (type == String.class) {
            return new String(bytes(random), java.nio.charset.StandardCharsets.ISO_8859_1);
        } else if (type == Bytes.class) {
            return Bytes.copyOf(bytes(random));
        } else if (type == Int256.class) {
            byte[] content = new byte[Int256.BYTES];
            random.nextBytes(content);
            return Int256.of(content);
        } else if (type instanceof ParameterizedType list) {
            List<Object> elements = new ArrayList<>();
            for (int i = random.nextInt(4); i > 0; i--) {
                elements.add(random(list.getActualTypeArguments()[0], random));
            }
            return elements;
        }
        Class<?> wanted = (Class<?>) type;
        if (!wanted.isRecord()) {
            Class<?>[] choices = wanted.getPermittedSubclasses();
            wanted = choices[random.nextInt(choices.length)];
        }
        return random(wanted, random);
    }

    private static byte[] bytes(Random random) {
        byte[] content = new byte[random.nextInt(random.nextInt(8) == 0 ? 600 : 20)];
        random.nextBytes(content);
        return content;
    }
}
