package io.cocoon;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** Who may know whom inside this module. */
class PackageDirectionTest {

    private static final JavaClasses CORE = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.cocoon");

    @Test
    void the_codec_knows_nothing_above_it() {
        classes()
                .that()
                .resideInAPackage("io.cocoon.tl")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("io.cocoon.tl", "java..", "org.jspecify..")
                .check(CORE);
    }

    @Test
    void the_schema_codec_knows_only_the_codec_and_jackson() {
        classes()
                .that()
                .resideInAPackage("io.cocoon.tl.schema..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("io.cocoon.tl..", "java..", "org.jspecify..", "com.fasterxml.jackson..")
                .check(CORE);
    }

    @Test
    void the_messages_know_only_the_codec() {
        classes()
                .that()
                .resideInAPackage("io.cocoon.protocol")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("io.cocoon.protocol", "io.cocoon.tl", "java..", "org.jspecify..")
                .check(CORE);
    }

    @Test
    void the_transport_knows_neither_money_nor_chain_nor_inference() {
        noClasses()
                .that()
                .resideInAPackage("io.cocoon.transport..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.cocoon.ton..", "io.cocoon.payment..", "io.cocoon.inference..")
                .check(CORE);
    }

    @Test
    void the_chain_knows_no_transport_and_no_messages() {
        noClasses()
                .that()
                .resideInAPackage("io.cocoon.ton..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.cocoon.transport..", "io.cocoon.protocol..", "io.cocoon.inference..")
                .check(CORE);
    }
}
