package io.cocoon.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Looks for what closed roles should not have left. */
final class Leaks {

    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

    private Leaks() {}

    /** Returns our threads that run now. Some may be at their end: those of another test that has just closed its roles. */
    static Set<Thread> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(Thread::isAlive)
                .filter(thread -> thread.getName().startsWith("cocoon"))
                .collect(Collectors.toSet());
    }

    /** Returns how many sockets this process has open, or 0 where the system does not say. */
    static long sockets() throws IOException {
        if (!Files.isDirectory(DESCRIPTORS)) {
            return 0;
        }
        try (Stream<Path> open = Files.list(DESCRIPTORS)) {
            return open.filter(Leaks::isSocket).count();
        }
    }

    private static boolean isSocket(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString().startsWith("socket:");
        } catch (IOException e) {
            // Closed between the two looks.
            return false;
        }
    }
}
