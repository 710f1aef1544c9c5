package io.cocoon.tvm;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;

/** What the emulator calls its imports and exports, which have one or two letters: learned when this module is built. */
final class Names {

    private final Map<String, String> exports = new HashMap<>();
    private final Map<String, String> imports = new HashMap<>();

    private Names(Properties properties) {
        for (String key : properties.stringPropertyNames()) {
            if (key.startsWith("import.")) {
                imports.put(properties.getProperty(key), key.substring("import.".length()));
            } else {
                exports.put(key.substring("export.".length()), properties.getProperty(key));
            }
        }
    }

    static Names load() {
        Properties properties = new Properties();
        try (InputStream in = resource("names.properties")) {
            properties.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new Names(properties);
    }

    /** Opens a file that the build made beside the emulator's classes. */
    static InputStream resource(String name) {
        InputStream in = Names.class.getResourceAsStream("/tonemulator/" + name);
        if (in == null) {
            throw new EmulatorException("no /tonemulator/" + name + " on the class path: cocoon-tvm was built in part");
        }
        return in;
    }

    static String text(String name) {
        try (InputStream in = resource(name)) {
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns what the module calls a function that C++ calls so. */
    String export(String cppName) {
        String name = exports.get(cppName);
        if (name == null) {
            throw new EmulatorException("this emulator has no " + cppName + "; it has " + exports.keySet());
        }
        return name;
    }

    /** Returns what C++ calls a function that the module calls so. */
    String meaningOf(String imported) {
        String name = imports.get(imported);
        if (name == null) {
            throw new EmulatorException("nobody knows what the emulator's import " + imported + " is");
        }
        return name;
    }
}
