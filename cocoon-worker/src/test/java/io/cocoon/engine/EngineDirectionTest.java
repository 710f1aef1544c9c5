package io.cocoon.engine;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** Who may know whom in the built-in engine. */
class EngineDirectionTest {

    private static final JavaClasses ENGINE = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.cocoon.engine");

    private static void parts(String of, String... unknown) {
        noClasses()
                .that()
                .resideInAPackage(of)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(unknown)
                .check(ENGINE);
    }

    @Test
    void the_parts_know_neither_the_worker_nor_the_network() {
        parts("io.cocoon.engine.*..", "io.cocoon.worker..", "io.cocoon.transport..", "io.cocoon.protocol..");
    }

    @Test
    void files_know_nothing_above_them() {
        parts(
                "io.cocoon.engine.file",
                "io.cocoon.engine.model..",
                "io.cocoon.engine.cpu..",
                "io.cocoon.engine.cuda..",
                "io.cocoon.engine.serve..");
    }

    @Test
    void backends_do_not_know_each_other_and_one_package_knows_the_driver() {
        parts("io.cocoon.engine.cpu", "io.cocoon.engine.cuda..");
        parts(
                "io.cocoon.engine.cuda",
                "io.cocoon.engine.cpu..",
                "io.cocoon.engine.serve..",
                "io.cocoon.engine.text..",
                "io.cocoon.engine.template..");
        noClasses()
                .that()
                .resideOutsideOfPackage("io.cocoon.engine.cuda")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("jcuda..")
                .check(ENGINE);
    }

    @Test
    void models_know_no_backend_and_backends_no_scheduler() {
        parts(
                "io.cocoon.engine.model",
                "io.cocoon.engine.cpu..",
                "io.cocoon.engine.cuda..",
                "io.cocoon.engine.serve..",
                "io.cocoon.engine.text..");
        parts(
                "io.cocoon.engine.cpu",
                "io.cocoon.engine.serve..",
                "io.cocoon.engine.text..",
                "io.cocoon.engine.template..");
    }

    @Test
    void what_makes_answers_knows_no_backend_and_the_scheduler_no_api() {
        parts(
                "io.cocoon.engine.serve",
                "io.cocoon.engine.cpu..",
                "io.cocoon.engine.grammar..",
                "io.cocoon.engine.openai..");
        parts(
                "io.cocoon.engine.grammar",
                "io.cocoon.engine.cpu..",
                "io.cocoon.engine.template..",
                "io.cocoon.engine.openai..");
        parts("io.cocoon.engine.openai", "io.cocoon.engine.cpu..", "io.cocoon.engine.grammar..");
    }
}
