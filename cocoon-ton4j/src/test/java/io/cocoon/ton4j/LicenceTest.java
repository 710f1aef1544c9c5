package io.cocoon.ton4j;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** This module is under another licence than the rest, so that it has to be said, and the border kept. */
class LicenceTest {

    private static final JavaClasses ALL = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.cocoon");

    @Test
    void only_this_module_uses_ton4j() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.cocoon.ton4j..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.ton..", "com.iwebpp..")
                .check(ALL);
    }

    @Test
    void this_module_uses_the_core_and_no_other_module_of_ours() {
        classes()
                .that()
                .resideInAPackage("io.cocoon.ton4j..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "io.cocoon.ton4j..",
                        "io.cocoon.ton..",
                        "io.cocoon.tl..",
                        "io.cocoon.crypto..",
                        "io.cocoon.payment..",
                        "org.ton..",
                        "com.iwebpp..",
                        "org.slf4j..",
                        "org.jspecify..",
                        "java..")
                .check(ALL);
    }

    @Test
    void the_licence_is_said_in_the_pom() throws Exception {
        assertThat(Files.readString(Path.of("pom.xml"))).contains("<name>GPL-3.0-only</name>");
    }
}
