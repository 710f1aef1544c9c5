import com.dylibso.chicory.build.time.compiler.Config;
import com.dylibso.chicory.build.time.compiler.Generator;
import com.dylibso.chicory.compiler.InterpreterFallback;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/**
 * Part of the build: fetches TON's emulator with npm, checks that it is the one we know, and compiles its WebAssembly to
 * classes. Does nothing if all of that was done before with the same input. Arguments: this file, the folder to work in,
 * Chicory's version.
 */
final class EmulatorBuild {

    private static final String PACKAGE = "@ton/sandbox@0.41.0";
    private static final String ARCHIVE = "ton-sandbox-0.41.0.tgz";
    private static final String ARCHIVE_SHA512 =
            "+WRWiHfm62xQebVt6BvLb2UhVphpBHCwSby8R5vP9llzdVck+XEs+p4csIkZBh6gRQsy1Xomzh1PpgZS5XVE3A==";
    private static final String WASM_SHA256 = "0c17fcac030b6871e96cc34d002223e5fb839af00c5b96cc461fbf9e71b0e75a";

    private static final String MODULE = "package/dist/executor/emulator-emscripten.wasm.js";
    private static final String GLUE = "package/dist/executor/emulator-emscripten.js";
    private static final String CONFIG = "package/dist/config/slimConfig.js";
    private static final String LICENCE = "package/LICENSE";

    /** Outside io.cocoon, so that neither our architecture tests nor a fuzzer's instrumentation walk through it. */
    private static final String CLASS = "tonemulator.TonEmulator";
    /** Two functions that are too large for a method of the JVM. */
    private static final Set<Integer> INTERPRETED = Set.of(3891, 3903);

    private static final long NPM_MINUTES = 5;
    private static final int TAR_BLOCK = 512;

    private final Path folder;

    private EmulatorBuild(Path folder) {
        this.folder = folder;
    }

    public static void main(String[] args) throws Exception {
        Path folder = Path.of(args[1]);
        String input = args[2] + " " + WASM_SHA256 + " "
                + HexFormat.of().formatHex(digest("SHA-256", Files.readAllBytes(Path.of(args[0]))));
        Path stamp = folder.resolve("done-with");
        if (Files.exists(stamp) && Files.readString(stamp).equals(input)) {
            return;
        }
        Files.deleteIfExists(stamp);
        try {
            new EmulatorBuild(folder).run();
        } catch (IOException e) {
            System.err.println("cannot build TON's emulator: " + e.getMessage());
            System.exit(1);
        }
        Files.writeString(stamp, input);
    }

    private void run() throws IOException, GeneralSecurityException, InterruptedException {
        Files.createDirectories(folder);
        Map<String, byte[]> files = unpack(fetch(), Set.of(MODULE, GLUE, CONFIG, LICENCE));
        Path classes = folder.resolve("classes");
        delete(classes);
        Path wasm = folder.resolve("emulator.wasm");
        Files.write(wasm, module(text(files, MODULE)));
        System.out.println("compiling TON's emulator, about ten seconds; not again until it changes");
        compile(wasm, classes);
        Path resources = classes.resolve(CLASS.substring(0, CLASS.indexOf('.')));
        Files.writeString(resources.resolve("names.properties"), names(text(files, GLUE)));
        Files.writeString(resources.resolve("config.txt"), only("`([A-Za-z0-9+/=]+)`", text(files, CONFIG)));
        Path licences = Files.createDirectories(classes.resolve("META-INF/licenses"));
        Files.write(licences.resolve("ton-sandbox-MIT.txt"), files.get(LICENCE));
    }

    private byte[] fetch() throws IOException, GeneralSecurityException, InterruptedException {
        Path archive = folder.resolve(ARCHIVE);
        if (!Files.exists(archive) || !isRight(archive)) {
            Files.deleteIfExists(archive);
            npmPack();
            if (!Files.exists(archive)) {
                throw new IOException("npm pack " + PACKAGE + " left no " + ARCHIVE + " in " + folder);
            }
            if (!isRight(archive)) {
                throw new IOException(archive + " is not the file that this build knows: wanted SHA-512 "
                        + ARCHIVE_SHA512 + ". Delete it and look at where npm gets its packages from");
            }
        }
        return Files.readAllBytes(archive);
    }

    private static boolean isRight(Path archive) throws IOException, GeneralSecurityException {
        return Base64.getEncoder()
                .encodeToString(digest("SHA-512", Files.readAllBytes(archive)))
                .equals(ARCHIVE_SHA512);
    }

    private void npmPack() throws IOException, InterruptedException {
        boolean windows = System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("windows");
        List<String> command = List.of(
                windows ? "npm.cmd" : "npm", "pack", PACKAGE, "--pack-destination", ".", "--ignore-scripts",
                "--prefer-offline", "--silent");
        Process npm;
        try {
            npm = new ProcessBuilder(command)
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.INHERIT)
                    .start();
        } catch (IOException e) {
            throw new IOException("npm is not installed, and this module (cocoon-tvm, for the local chain of the test kit)"
                    + " is built from the npm package " + PACKAGE + ". Install Node.js with npm (Debian and Ubuntu:"
                    + " apt install npm). The modules core, tee, client, worker and proxy build without it");
        }
        if (!npm.waitFor(NPM_MINUTES, TimeUnit.MINUTES)) {
            npm.destroyForcibly();
            throw new IOException("npm pack " + PACKAGE + " took more than " + NPM_MINUTES + " minutes");
        }
        if (npm.exitValue() != 0) {
            throw new IOException("npm pack " + PACKAGE + " failed with exit code " + npm.exitValue()
                    + "; without --silent, it says why. It needs the network the first time");
        }
    }

    /** Reads the regular files that are wanted out of a tar archive. */
    private static Map<String, byte[]> unpack(byte[] archive, Set<String> wanted) throws IOException {
        Map<String, byte[]> found = new HashMap<>();
        try (InputStream in = new BufferedInputStream(new GZIPInputStream(new java.io.ByteArrayInputStream(archive)))) {
            byte[] header = in.readNBytes(TAR_BLOCK);
            while (header.length == TAR_BLOCK && header[0] != 0) {
                String name = field(header, 0, 100);
                int size = Integer.parseInt(field(header, 124, 12).trim(), 8);
                byte[] content = in.readNBytes(size);
                in.skipNBytes((TAR_BLOCK - size % TAR_BLOCK) % TAR_BLOCK);
                if (wanted.contains(name)) {
                    found.put(name, content);
                }
                header = in.readNBytes(TAR_BLOCK);
            }
        }
        if (!found.keySet().equals(wanted)) {
            throw new IOException("wanted " + wanted + " in " + ARCHIVE + ", found " + found.keySet());
        }
        return found;
    }

    private static String field(byte[] header, int from, int length) {
        String field = new String(header, from, length, StandardCharsets.US_ASCII);
        int end = field.indexOf(0);
        return end < 0 ? field : field.substring(0, end);
    }

    private static byte[] module(String javaScript) throws IOException, GeneralSecurityException {
        byte[] module = Base64.getDecoder().decode(only("'([A-Za-z0-9+/=]+)'", javaScript));
        String hash = HexFormat.of().formatHex(digest("SHA-256", module));
        if (!hash.equals(WASM_SHA256)) {
            throw new IOException("the WebAssembly in " + PACKAGE + " has SHA-256 " + hash + ", wanted " + WASM_SHA256);
        }
        return module;
    }

    private void compile(Path wasm, Path classes) throws IOException {
        Generator generator = new Generator(Config.builder()
                .withWasmFile(wasm)
                .withName(CLASS)
                .withTargetClassFolder(classes)
                .withTargetWasmFolder(classes)
                .withTargetSourceFolder(folder.resolve("sources"))
                .withInterpreterFallback(InterpreterFallback.FAIL)
                .withInterpretedFunctions(INTERPRETED)
                .build());
        generator.generateMetaWasm(generator.generateResources());
    }

    /**
     * The module's own names have one or two letters, which change with every release. The JavaScript beside it says what
     * they stand for: this is where we learn it. Values are what the module calls it, keys what C++ calls it.
     */
    private static String names(String glue) throws IOException {
        Map<String, String> names = new TreeMap<>();
        Matcher imports = Pattern.compile("([\\w$]+):(\\w+)").matcher(only("var wasmImports=\\{([^}]+)\\}", glue));
        while (imports.find()) {
            names.put("import." + imports.group(2), imports.group(1));
        }
        Matcher exports = Pattern.compile("(\\w+)(?:=Module\\[\"\\w+\"\\])?=wasmExports\\[\"(\\w+)\"\\]").matcher(glue);
        while (exports.find()) {
            names.put("export." + exports.group(1), exports.group(2));
        }
        names.put("export.constructors", only("wasmExports\\[\"(\\w+)\"\\]\\(\\)", glue));
        StringBuilder lines = new StringBuilder();
        names.forEach((key, value) -> lines.append(key).append('=').append(value).append('\n'));
        return lines.toString();
    }

    private static String only(String pattern, String text) throws IOException {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        if (!matcher.find()) {
            throw new IOException("nothing in " + PACKAGE + " looks like " + pattern);
        }
        return matcher.group(1);
    }

    private static String text(Map<String, byte[]> files, String name) {
        return new String(files.get(name), StandardCharsets.UTF_8);
    }

    private static byte[] digest(String algorithm, byte[] content) throws GeneralSecurityException {
        return MessageDigest.getInstance(algorithm).digest(content);
    }

    private static void delete(Path tree) throws IOException {
        if (Files.exists(tree)) {
            try (Stream<Path> all = Files.walk(tree)) {
                for (Path path : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
    }
}
