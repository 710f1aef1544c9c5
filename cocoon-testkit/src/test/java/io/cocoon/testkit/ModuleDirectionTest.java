package io.cocoon.testkit;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** Which module may know which: core, then toncenter and tee, then client, worker and proxy side by side, then testkit. */
class ModuleDirectionTest {

    private static final JavaClasses ALL = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.cocoon");

    private static final String TEE = "io.cocoon.tee..";
    private static final String CLIENT = "io.cocoon.client..";
    private static final String WORKER = "io.cocoon.worker..";
    private static final String PROXY = "io.cocoon.proxy..";
    private static final String KEY_MANAGER = "io.cocoon.keymanager..";
    private static final String TONCENTER = "io.cocoon.ton.center..";
    private static final String TESTKIT = "io.cocoon.testkit..";

    private static void mustNotKnow(String[] who, String... whom) {
        noClasses()
                .that()
                .resideInAnyPackage(who)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(whom)
                .allowEmptyShould(true)
                .check(ALL);
    }

    @Test
    void core_knows_no_other_module() {
        String[] core = {
            "io.cocoon.tl..",
            "io.cocoon.protocol..",
            "io.cocoon.transport..",
            "io.cocoon.crypto..",
            "io.cocoon.payment..",
            "io.cocoon.ton..",
            "io.cocoon.inference.."
        };
        mustNotKnow(core, TEE, CLIENT, WORKER, PROXY, KEY_MANAGER, TESTKIT);
    }

    @Test
    void chain_access_by_http_knows_only_core() {
        mustNotKnow(new String[] {TONCENTER}, TEE, CLIENT, WORKER, PROXY, KEY_MANAGER, TESTKIT);
    }

    @Test
    void attestation_knows_no_role() {
        mustNotKnow(new String[] {TEE}, CLIENT, WORKER, PROXY, KEY_MANAGER, TESTKIT);
    }

    @Test
    void the_client_knows_no_other_role() {
        mustNotKnow(new String[] {CLIENT}, WORKER, PROXY, KEY_MANAGER, TESTKIT);
    }

    @Test
    void the_worker_knows_no_other_role() {
        mustNotKnow(new String[] {WORKER}, CLIENT, PROXY, KEY_MANAGER, TESTKIT);
    }

    @Test
    void the_proxy_knows_no_other_role() {
        mustNotKnow(new String[] {PROXY, KEY_MANAGER}, CLIENT, WORKER, TESTKIT);
    }
}
