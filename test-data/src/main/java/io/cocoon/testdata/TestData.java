package io.cocoon.testdata;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.JarURLConnection;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Reads the files of this module, from its folder or from its jar. */
public final class TestData {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private TestData() {}

    /** Returns the bytes of a file, for example {@code captures/pow/pow-vectors.jsonl}. */
    public static byte[] bytes(String name) {
        try (InputStream in = TestData.class.getResourceAsStream("/" + name)) {
            if (in == null) {
                throw new IllegalArgumentException("no such test data: " + name);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns a file as text. */
    public static String text(String name) {
        return new String(bytes(name), StandardCharsets.UTF_8);
    }

    /** Returns a JSON file as a tree. */
    public static JsonNode json(String name) {
        try {
            return MAPPER.readTree(bytes(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns a file with one JSON value a line as trees. */
    public static List<JsonNode> jsonLines(String name) {
        List<JsonNode> lines = new ArrayList<>();
        try {
            for (String line : text(name).split("\n")) {
                if (!line.isBlank()) {
                    lines.add(MAPPER.readTree(line));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return lines;
    }

    /** Copies all files below a folder to {@code target}, without the folder's own name, for what reads real files. */
    public static void copy(String folder, Path target) {
        for (String name : list(folder, "")) {
            Path file = target.resolve(name.substring(folder.length() + 1));
            try {
                Files.createDirectories(file.getParent());
                Files.write(file, bytes(name));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Returns the names of all files below a folder whose names end so, sorted. */
    public static List<String> list(String folder, String suffix) {
        URL url = TestData.class.getResource("/" + folder);
        if (url == null) {
            throw new IllegalArgumentException("no such folder of test data: " + folder);
        }
        try {
            if (url.getProtocol().equals("jar")) {
                // By path and not by URI: file systems by URI are known to the whole JVM, and two at once are refused.
                URL file = ((JarURLConnection) url.openConnection()).getJarFileURL();
                try (FileSystem jar = FileSystems.newFileSystem(Path.of(file.toURI()), (ClassLoader) null)) {
                    return list(jar.getPath("/" + folder), folder, suffix);
                }
            }
            return list(Path.of(url.toURI()), folder, suffix);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<String> list(Path root, String folder, String suffix) throws IOException {
        Map<String, Boolean> names = new TreeMap<>();
        try (Stream<Path> files = Files.walk(root)) {
            files.filter(Files::isRegularFile)
                    .map(file -> folder + "/" + root.relativize(file).toString().replace('\\', '/'))
                    .filter(name -> name.endsWith(suffix))
                    .forEach(name -> names.put(name, true));
        }
        return List.copyOf(names.keySet());
    }
}
