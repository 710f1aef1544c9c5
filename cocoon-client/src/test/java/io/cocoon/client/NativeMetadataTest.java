package io.cocoon.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * What native images are told (META-INF/native-image) is all that core, attestation and client do by reflection, and names nothing
 * that is not there.
 */
class NativeMetadataTest {

    private static final String FILE = "/META-INF/native-image/io.cocoon/%s/reachability-metadata.json";
    private static final int FIRST_WITH_VIRTUAL_THREADS = 21;
    private static final Set<String> REFLECTIVE = Set.of(
            "forName",
            "loadClass",
            "getMethod",
            "getDeclaredMethod",
            "getMethods",
            "getDeclaredMethods",
            "getConstructor",
            "getDeclaredConstructor",
            "getField",
            "getDeclaredField",
            "getResource",
            "getResources",
            "getResourceAsStream",
            "newProxyInstance",
            "findVirtual",
            "findStatic",
            "findConstructor");
    private static final Set<String> REFLECTIVE_OWNERS = Set.of(
            "java.lang.Class",
            "java.lang.ClassLoader",
            "java.lang.reflect.Proxy",
            "java.lang.invoke.MethodHandles$Lookup",
            "java.util.ServiceLoader");

    private static JsonNode metadata(String module) throws IOException {
        try (InputStream in = NativeMetadataTest.class.getResourceAsStream(FILE.formatted(module))) {
            assertThat(in).as(module).isNotNull();
            return new ObjectMapper().readTree(in);
        }
    }

    @Test
    void should_name_resources_that_exist() throws IOException {
        JsonNode globs = metadata("cocoon-core").path("resources");
        assertThat(globs).isNotEmpty();
        for (JsonNode each : globs) {
            String glob = each.path("glob").asText();
            assertThat(NativeMetadataTest.class.getResource("/" + glob))
                    .as(glob)
                    .isNotNull();
        }
    }

    @Test
    void should_name_types_and_methods_that_exist() throws Exception {
        JsonNode types = metadata("cocoon-client").path("reflection");
        assertThat(types).isNotEmpty();
        for (JsonNode type : types) {
            Class<?> found = Class.forName(type.path("type").asText());
            for (JsonNode method : type.path("methods")) {
                Stream<String> there = Arrays.stream(found.getMethods()).map(Method::getName);
                if (Runtime.version().feature() >= FIRST_WITH_VIRTUAL_THREADS) {
                    assertThat(there).contains(method.path("name").asText());
                } else {
                    assertThat(method.path("name").asText()).isEqualTo("newVirtualThreadPerTaskExecutor");
                }
            }
        }
    }

    @Test
    void should_know_every_class_of_ours_that_uses_reflection_or_resources() {
        JavaClasses ours = new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages("io.cocoon");
        Set<String> users = new TreeSet<>();
        for (JavaClass type : ours) {
            for (JavaMethodCall call : type.getMethodCallsFromSelf()) {
                String owner = call.getTargetOwner().getName();
                if (!type.getPackageName().equals("io.cocoon.testdata")
                        && REFLECTIVE_OWNERS.contains(owner)
                        && (REFLECTIVE.contains(call.getName()) || owner.endsWith("ServiceLoader"))) {
                    users.add(type.getName() + " " + call.getName());
                }
            }
        }
        assertThat(users)
                .as("whoever is new here needs an entry in the metadata of its module")
                .containsExactly(
                        "io.cocoon.client.OwnThreads getMethod", "io.cocoon.tl.schema.TlSchema getResourceAsStream");
    }
}
